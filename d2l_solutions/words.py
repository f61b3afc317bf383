"""What the library says, in the reader's language: English unless `speak("zh")` was called, as Chinese practice notebooks do.

The words of the pages are translated by the catalogues beside them, when notebooks are written; see bookbuild/words.py.
"""
language = "en"

ZH = {
    "{name}: passed ({cases} cases, {comparisons} comparisons)": "{name}：通过（{cases} 种情形，{comparisons} 次比较）",
    "Refuted: {message}": "驳倒：{message}",
    "{name} should be a function, it is {value}": "{name}应当是函数，得到的却是 {value}",
    "the answer": "答案",
    "{name} is called with {wanted} arguments, it takes {count}": "调用 {name} 时给出 {wanted} 个参数，而它接受 {count} 个",
    "{name} raised {kind} ({message}) on the input {inputs}": "输入 {inputs} 时，{name} 抛出 {kind}（{message}）",
    "{name} returned nothing (None) on the input {inputs}": "输入 {inputs} 时，{name} 没有返回值（None）",
    ": ": "：",
    ". ": "。",
    "at {place}": "位置 {place}",
    "claimed {claimed}, actually {actual}": "答案为 {claimed}，实际为 {actual}",
    "claimed {claimed}, actually {actual}; in full claimed {mine}, actually {wanted}":
        "答案为 {claimed}，实际为 {actual}；全部写出，答案为 {mine}，实际为 {wanted}",
    "should be a dictionary with the keys {keys}, it is {value}": "应当是含有键 {keys} 的字典，得到的却是 {value}",
    "the entry {key} is missing": "缺少 {key} 这一项",
    "should have {wanted} parts, it is {value}": "应当有 {wanted} 个部分，得到的却是 {value}",
    "has {count} parts, should have {wanted}": "有 {count} 个部分，应当有 {wanted} 个",
    "parts of the answer": "答案的部分数",
    "should be a set, it is {value}": "应当是集合，得到的却是 {value}",
    "{element} is missing": "缺少 {element}",
    "{element} does not belong": "{element} 不应当在内",
    "a number": "一个数",
    "numbers of shape {shape}": "形状为 {shape} 的数组",
    "should be {kind}, it is {value}": "应当是{kind}，得到的却是 {value}",
    "has the shape {shape}, should have {wanted}": "形状是 {shape}，应当是 {wanted}",
    "{name}: {seeds} seeds x {epochs} epochs on {images} images, test accuracy {accuracy} (sd {sd})":
        "{name}：{seeds} 个种子，各 {epochs} 轮，{images} 幅图像，测试精度 {accuracy}（标准差 {sd}）",
    "{name}: {seeds} seeds x {epochs} epoch on {images} images, test accuracy {accuracy} (sd {sd})":
        "{name}：{seeds} 个种子，各 {epochs} 轮，{images} 幅图像，测试精度 {accuracy}（标准差 {sd}）",
    "{name}: {seeds} seed x {epochs} epochs on {images} images, test accuracy {accuracy}":
        "{name}：{seeds} 个种子，{epochs} 轮，{images} 幅图像，测试精度 {accuracy}",
    "{name}: {seeds} seed x {epochs} epoch on {images} images, test accuracy {accuracy}":
        "{name}：{seeds} 个种子，{epochs} 轮，{images} 幅图像，测试精度 {accuracy}",
    "train loss": "训练损失", "train accuracy": "训练精度", "test accuracy": "测试精度", "accuracy": "精度", "epoch": "轮",
    "cross-entropy": "交叉熵", "re-run noise of the test loss": "测试损失的重跑噪声",
    "your answer is missing: {name}": "还没有作答：{name}",
}


def speak(name):
    """Choose the language, "en" or "zh", of all that the library says from now on."""
    global language
    language = name


def tell(text, **values):
    """`text` in the reader's language, filled in with the values; text that the library does not know stays as it is."""
    text = ZH.get(text, text) if language == "zh" else text
    return text.format(**values) if values else text
