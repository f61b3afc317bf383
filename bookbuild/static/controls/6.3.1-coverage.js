control("6.3.1-coverage", {
  words: {
    en: {
      try: "These are the rows of the exercise: raise the padding to 1, and of the grey cells, which no window " +
        "reads, only a zero is left; make the stride larger than the kernel, and gaps open between the windows.",
      picture: "A row of padded input cells with the number of windows that read each of them, and below it every " +
        "window with its taps.",
      n: "input n", k: "kernel k", p: "padding p", s: "stride s", d: "dilation d",
      m: "Output size", rest: "Remainder", unread: "Pixels never read", none: "no window fits; PyTorch raises an error",
      input: "input", counts: "read by", window: "window",
    },
    zh: {
      try: "现在是题中竖直方向的设置：把填充调到 1，没有窗口读到的灰色格子就只剩一个补上的零；再让步幅大于卷积核，窗" +
        "口之间就会露出空隙。",
      picture: "一行填充后的输入，每格标出读到它的窗口个数；下方是每个窗口和核中各元素的位置。",
      n: "输入 n", k: "卷积核 k", p: "填充 p", s: "步幅 s", d: "空洞率 d",
      m: "输出大小", rest: "余数", unread: "从未被读到的像素", none: "一个窗口也放不下，PyTorch 会报错",
      input: "输入", counts: "读取次数", window: "窗口",
    },
  },
  inputs: {n: [1, 12, 1, 8], k: [1, 5, 1, 3], p: [0, 3, 1, 0], s: [1, 4, 1, 3], d: [1, 3, 1, 1]},
  panels: [[360, 190]],

  draw({n, k, p, s, d}, w) {
    const padded = n + 2 * p, numerator = padded - d * (k - 1) - 1;
    const m = numerator < 0 ? 0 : Math.floor(numerator / s) + 1;
    const counts = range(padded).map(i => range(m).filter(j => range(k).some(a => j * s + d * a === i)).length);
    const left = 72, cell = Math.min(32, 286 / padded), row = Math.min(20, 136 / Math.max(m, 1));
    const label = (y, content) => text(left - 6, y, content, {"text-anchor": "end"});
    const cells = counts.map((count, i) => {
      const isZero = i < p || i >= n + p, middle = {"text-anchor": "middle", opacity: isZero ? .75 : 1};
      return [svg("rect", {x: left + cell * i, y: 20, width: cell, height: 22, stroke: "var(--line)",
                           fill: count ? "var(--soft)" : "var(--unread)"}),
              text(left + cell * (i + .5), 14, isZero ? "0" : "x", middle),
              text(left + cell * (i + .5), 36, count, middle)];
    });
    const windows = range(m).map(j => {
      const y = 50 + row * (j + .5), x = a => left + cell * (j * s + d * a + .5);
      return [line([[x(0), y], [x(k - 1), y]]),
              range(k).map(a => svg("circle", {cx: x(a), cy: y, r: Math.min(5, row / 2 - .5), fill: "var(--blue)"})),
              row < 11 && j % 2 ? [] : label(y + 4, j ? j : `${w.window} ${j}`)];
    });
    return {
      panels: [[label(14, w.input), label(36, w.counts), cells, windows]],
      results: m === 0 ? {m: w.none} : {
        m: `⌊(${n} + 2·${p} − ${d}·(${k} − 1) − 1) / ${s}⌋ + 1 = ⌊${numerator} / ${s}⌋ + 1 = ${m}`,
        rest: number(numerator % s),
        unread: number(counts.slice(p, n + p).filter(count => count === 0).length),
      },
    };
  },
});
