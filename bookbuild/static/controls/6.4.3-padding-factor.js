{
  const positions = (n, k, p, s) => n + 2 * p < k ? 0 : Math.floor((n + 2 * p - k) / s) + 1;
  const factor = (n, k, p, s) => (positions(n, k, 2 * p, s) / positions(n, k, p, s)) ** 2;

  control("6.4.3-padding-factor", {
    words: {
      en: {
        try: "Shrink the input and watch the frame of new zeros become large beside it. Then look for a setting in " +
          "which doubled padding costs nothing, and for one in which it costs four times as much.",
        picture: "Left, the input with its padding before and after doubling. Right, the factor of the cost against " +
          "the size of the input, with the present size marked.",
        n: "input n", k: "kernel k", p: "padding p", s: "stride s", before: "Positions before", after: "Positions after",
        factor: "Factor of the cost", none: "no window fits; PyTorch raises an error", input: "n × n",
        frame: "padding p", added: "added", curve: "factor",
      },
      zh: {
        try: "把输入缩小，看新添的一圈零与它相比怎样变大。再找一种填充加倍而计算量不变的情形，和一种计算量变成 4 倍的情形。",
        picture: "左图是输入和加倍前后的填充；右图是计算量的倍数随输入大小的变化，并标出当前的大小。",
        n: "输入 n", k: "卷积核 k", p: "填充 p", s: "步幅 s", before: "加倍前的位置", after: "加倍后的位置",
        factor: "计算量的倍数", none: "一个窗口也放不下，PyTorch 会报错", input: "n × n",
        frame: "填充 p", added: "新添的", curve: "倍数",
      },
    },
    inputs: {n: [1, 64, 1, 28], k: [1, 7, 1, 5], p: [0, 4, 1, 2], s: [1, 5, 1, 1]},
    panels: [[320, 200], [320, 200]],

    draw({n, k, p, s}, w) {
      const scale = 170 / (n + 4 * p);
      const square = (border, fill) => svg("rect", {x: 75 + scale * (2 * p - border), y: 10 + scale * (2 * p - border),
        width: scale * (n + 2 * border), height: scale * (n + 2 * border), fill, stroke: "var(--line)"});
      const key = [["var(--blue)", w.input], ["var(--soft)", w.frame], ["var(--unread)", w.added]].map(([fill, word], i) =>
        [svg("rect", {x: 4, y: 14 + 24 * i, width: 12, height: 12, fill, stroke: "var(--line)"}), text(20, 24 + 24 * i, word)]);
      const m = positions(n, k, p, s), grown = positions(n, k, 2 * p, s);
      const plot = axes([1, 64], [0, 5], {xticks: [1, 16, 32, 48, 64], yticks: [1, 2, 3, 4], xlabel: w.n, ylabel: w.curve,
                                          box: [30, 24, 306, 160]});
      const sizes = range(64).map(i => i + 1).filter(size => positions(size, k, p, s));
      const curve = line(sizes.map(size => [plot.x(size), plot.y(factor(size, k, p, s))]));
      const point = m ? svg("circle", {cx: plot.x(n), cy: plot.y(factor(n, k, p, s)), r: 5, fill: "var(--orange)"}) : [];
      return {
        panels: [[square(2 * p, "var(--unread)"), square(p, "var(--soft)"), square(0, "var(--blue)"), key],
                 [plot.frame, plot.clip(curve, point)]],
        results: m === 0 ? {factor: w.none} : {
          before: `${m} × ${m} = ${m * m}`, after: `${grown} × ${grown} = ${grown * grown}`,
          factor: number(factor(n, k, p, s), 3),
        },
      };
    },
  });
}
