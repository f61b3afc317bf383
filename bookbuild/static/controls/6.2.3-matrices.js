control("6.2.3-matrices", {
  words: {
    en: {
      try: "Move the window over the image: in T its taps stand at the columns of the pixels beneath them, one " +
        "column further with each output of a row and three further from one row of outputs to the next.",
      picture: "Left, the image with the window of the present output. Right, the matrix T with the row of this " +
        "output framed.",
      output: "output", image: "X, 4 × 5, and the window", matrix: "T(K), 9 × 20",
      columns: "Columns of T that are not zero", product: "Row times image",
    },
    zh: {
      try: "在图像上移动窗口：六个核元素就落在 T 的对应行里，列号正是窗口下各像素的编号；在同一输出行内每次右移一列，" +
        "换行时右移三列。",
      picture: "左图是图像和当前输出的窗口；右图是矩阵 T，框出当前输出对应的行。",
      output: "输出", image: "X，4 × 5，以及窗口", matrix: "T(K)，9 × 20",
      columns: "T 中不为零的列", product: "该行与图像的乘积",
    },
  },
  inputs: {output: [0, 8, 1, 4]},
  format: {output: output => `(${Math.floor(output / 3)}, ${output % 3})`},
  panels: [[320, 190], [320, 190]],

  draw({output}, w) {
    const colors = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#d99ac0", "#b0b0b0"];
    const kernel = [1, 2, 3, 4, 5, 6];                          // the pixels' values are their numbers, 0 to 19
    const pixels = output => range(6).map(tap =>
      5 * (Math.floor(output / 3) + Math.floor(tap / 3)) + output % 3 + tap % 3);
    const square = (x, y, size, fill) => svg("rect", {x, y, width: size, height: size, stroke: "var(--line)", fill});
    const now = pixels(output);
    const image = range(20).map(pixel => {
      const x = 70 + 36 * (pixel % 5), y = 30 + 36 * Math.floor(pixel / 5), tap = now.indexOf(pixel);
      return [square(x, y, 36, tap < 0 ? "none" : colors[tap]),
              text(x + 18, y + 22, pixel, {"text-anchor": "middle", style: tap < 0 ? "" : "fill: #000"})];
    });
    const matrix = range(9).map(row => range(20).map(column => {
      const tap = pixels(row).indexOf(column);
      return [square(10 + 15 * column, 30 + 16 * row, 15, tap < 0 ? "none" : colors[tap])];
    }));
    const [x, y] = [70 + 36 * (now[0] % 5), 30 + 36 * Math.floor(now[0] / 5)];
    const outline = (x, y, width, height) => svg("rect", {x, y, width, height, fill: "none", stroke: "var(--ink)",
                                                          "stroke-width": 2.5});
    const sum = now.reduce((sum, pixel, tap) => sum + kernel[tap] * pixel, 0);
    return {
      panels: [[text(70, 20, w.image), image, outline(x, y, 108, 72)],
               [text(10, 20, w.matrix), matrix, outline(10, 30 + 16 * output, 300, 15)]],
      results: {columns: now.join(", "),
                product: `${now.map((pixel, tap) => `${kernel[tap]}·${pixel}`).join(" + ")} = ${sum}`},
    };
  },
});
