control("6.4.1-composition", {
  words: {
    en: {
      try: "Move the kernel across the orange parabola: below it the curve of its polynomial crosses zero and the " +
        "kernel splits into two of two taps, on it they are equal, above it the curve stays clear of zero and no " +
        "real split exists.",
      picture: "Left, the plane of kernels with the parabola and the present kernel. Right, the graph of its " +
        "polynomial with the real roots.",
      beta: "β", gamma: "γ", kernels: "kernels [1, β, γ]", graph: "K(z) = 1 + βz + γz²", none: "no real split",
      discriminant: "β² − 4γ", roots: "Real roots of K(z)", split: "Split", no: "none", constant: "none, K(z) = 1",
    },
    zh: {
      try: "让卷积核越过橙色抛物线：在下方，多项式的曲线穿过零，卷积核可以拆成两个长度为 2 的核；在线上，两个核相等；" +
        "在上方，曲线碰不到零，没有实数的拆法。",
      picture: "左图是卷积核的平面、抛物线和当前的卷积核；右图是它的多项式的图像和实根。",
      beta: "β", gamma: "γ", kernels: "卷积核 [1, β, γ]", graph: "K(z) = 1 + βz + γz²", none: "没有实数拆法",
      discriminant: "β² − 4γ", roots: "K(z) 的实根", split: "拆法", no: "没有", constant: "没有，K(z) = 1",
    },
  },
  inputs: {beta: [-3, 3, .1, 1], gamma: [-2, 2.5, .1, 1]},
  format: {beta: value => number(value, 1), gamma: value => number(value, 1)},
  panels: [[320, 215], [320, 215]],

  draw({beta, gamma}, w) {
    const tenths = Math.round(10 * beta) ** 2 - 40 * Math.round(10 * gamma);      // 100 (β² − 4γ), an integer
    const s = Math.sqrt(tenths / 100);
    const taps = tenths < 0 ? [] : [(beta + s) / 2, (beta - s) / 2];              // [1, a] ∗ [1, b] = [1, a + b, ab]
    const roots = [...new Set(taps)].filter(a => Math.abs(a) > 1e-9).map(a => -1 / a).sort((a, b) => a - b);
    const left = axes([-3, 3], [-2, 2.5], {xticks: [-2, 0, 2], yticks: [-2, -1, 0, 1, 2], xlabel: "β",
                                           ylabel: w.kernels, box: [30, 24, 312, 180]});
    const right = axes([-5, 5], [-3, 5], {xticks: [-4, -2, 0, 2, 4], yticks: [-2, 0, 2, 4], xlabel: "z",
                                          ylabel: w.graph, box: [30, 24, 312, 180]});
    const parabola = range(61).map(i => i / 10 - 3).map(b => [left.x(b), left.y(b * b / 4)]);
    const graph = range(101).map(i => i / 10 - 5).map(z => [right.x(z), right.y(1 + beta * z + gamma * z * z)]);
    return {
      panels: [
        [svg("polygon", {points: [...parabola, [312, 24], [30, 24]].join(" "), fill: "var(--orange)", opacity: .2}),
         left.frame, line(parabola, {stroke: "var(--orange)"}), text(left.x(0), left.y(2), w.none, {"text-anchor": "middle"}),
         svg("circle", {cx: left.x(beta), cy: left.y(gamma), r: 6, fill: "var(--blue)"})],
        [right.frame,
         line([[right.x(-5), right.y(0)], [right.x(5), right.y(0)]], {stroke: "var(--ink)", "stroke-width": 1}),
         right.clip(line(graph), ...roots.map(z => svg("circle", {cx: right.x(z), cy: right.y(0), r: 6,
                                                                  fill: "var(--orange)"})))]],
      results: {
        discriminant: number(tenths / 100, 2),
        roots: roots.length ? roots.map(z => number(z, 3)).join(", ") : taps.length ? w.constant : w.no,
        split: taps.length ? taps.map(a => `[1, ${number(a, 3)}]`).join(" ∗ ") : w.no,
      },
    };
  },
});
