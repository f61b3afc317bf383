control("6.5.2-network", {
  words: {
    en: {
      try: "Make both pixels of one column negative: which of its three ReLU values carries the maximum now? Then make " +
        "the other column negative as well: what does the network with two channels say?",
      picture: "The network for four pixels: each pair is joined by three ReLU values, and the two results once more.",
      a: "first column, upper", b: "first column, lower", c: "second column, upper", d: "second column, lower",
      pixels: "pixels", relu: "ReLU", columns: "columns", window: "window",
      largest: "Maximum of the pixels", three: "Network with three channels", two: "Network with two channels",
    },
    zh: {
      try: "把某一列的两个像素都调成负数：这时三个 ReLU 值中，最大值靠哪一个传下去？再把另一列也调成负数：两个通道的网络" +
        "给出什么？",
      picture: "四个像素的网络：每两个数经三个 ReLU 值合并，两个结果再合并一次。",
      a: "第一列上", b: "第一列下", c: "第二列上", d: "第二列下",
      pixels: "像素", relu: "ReLU", columns: "各列", window: "窗口",
      largest: "四个像素的最大值", three: "三个通道的网络", two: "两个通道的网络",
    },
  },
  inputs: {a: [-5, 5, 1, -1], b: [-5, 5, 1, -4], c: [-5, 5, 1, 5], d: [-5, 5, 1, 2]},
  panels: [[320, 230]],

  draw({a, b, c, d}, w) {
    const relu = t => Math.max(t, 0), units = (a, b) => [relu(b - a), relu(a), relu(-a)];
    const three = (a, b) => { const [p, q, r] = units(a, b); return p + q - r; };
    const two = (a, b) => { const [p, q] = units(a, b); return p + q; };
    const one = three(a, b), other = three(c, d);
    const place = (x, y) => [30 + 62 * x, 40 + y];
    const join = ([x, y], [toX, toY]) => line([[x, y], [toX, toY]], {stroke: "var(--line)", "stroke-width": 1});
    const box = ([x, y], value, color) => [
      svg("rect", {x: x - 16, y: y - 11, width: 32, height: 22, rx: 4, fill: color, stroke: "var(--ink)"}),
      text(x, y + 5, number(value), {"text-anchor": "middle", style: "fill: #000"})];
    const group = (x, y, first, second, values, result) => {
      const middle = [-28, 0, 28].map(step => place(x + 1, y + step)), end = place(x + 2, y);
      return {lines: middle.map(unit => [join(first, unit), join(second, unit), join(unit, end)]),
              boxes: [middle.map((unit, i) => box(unit, values[i], "#f5c98c")), box(end, result, "#9cc9ea")]};
    };
    const pixels = [25, 55, 125, 155].map(y => place(0, y)), columns = [40, 140].map(y => place(2, y));
    const groups = [group(0, 40, pixels[0], pixels[1], units(a, b), one),
                    group(0, 140, pixels[2], pixels[3], units(c, d), other),
                    group(2, 90, columns[0], columns[1], units(one, other), three(one, other))];
    return {
      panels: [[["pixels", "relu", "columns", "relu", "window"].map((key, i) =>
                 text(30 + 62 * i, 16, w[key], {"text-anchor": "middle"})),
                groups.map(group => group.lines), groups.map(group => group.boxes),
                [a, b, c, d].map((value, i) => box(pixels[i], value, "#ececec"))]],
      results: {largest: number(Math.max(a, b, c, d)), three: number(three(one, other)),
                two: number(two(two(a, b), two(c, d)))},
    };
  },
});
