{
  function pool(x, beta) {
    const largest = Math.max(...x), e = x.map(value => Math.exp(beta * (value - largest)));
    const total = e.reduce((a, b) => a + b), p = e.map(value => value / total);
    const S = x.reduce((sum, value, i) => sum + p[i] * value, 0), mean = x.reduce((a, b) => a + b) / x.length;
    return {S, mean, largest, L: beta ? largest + Math.log(total / x.length) / beta : mean,
            gradient: x.map((value, i) => p[i] * (1 + beta * (value - S)))};
  }

  control("6.5.6-beta", {
    words: {
      en: {
        try: "Turn up β and the pooled value leaves the average for the maximum; then raise the first entry from −3: " +
          "as long as its gradient bar is negative, the pooled value falls.",
        picture: "Left, the pooled value as a function of the first entry, between average and maximum. Right, the " +
          "derivative by each of the four entries.",
        beta: "β", x1: "first entry", value: "pooled (x₁, 1, 2, 3)", by: "x₁", gradient: "derivative by each entry",
        S: "Softmax pooling", mean: "Average", largest: "Maximum", derivative: "Derivative by the first entry",
      },
      zh: {
        try: "把 β 调大，汇聚值就从平均值移向最大值；再把第一个元素从 −3 往上调：只要它的梯度条是负的，汇聚值就在下降。",
        picture: "左图是汇聚值随第一个元素的变化，介于平均值与最大值之间；右图是对四个元素各自的导数。",
        beta: "β", x1: "第一个元素", value: "(x₁, 1, 2, 3) 的汇聚值", by: "x₁", gradient: "对各元素的导数",
        S: "softmax 汇聚", mean: "平均值", largest: "最大值", derivative: "对第一个元素的导数",
      },
    },
    inputs: {beta: [0, 5, .1, 0], x1: [-3, 5, .1, -3]},
    format: {beta: value => number(value, 1), x1: value => number(value, 1)},
    panels: [[320, 210], [320, 210]],

    draw({beta, x1}, w) {
      const window = first => [first, 1, 2, 3], now = pool(window(x1), beta);
      const left = axes([-3, 5], [0, 5], {xticks: [-2, 0, 2, 4], yticks: [0, 1, 2, 3, 4, 5], xlabel: w.by,
                                          ylabel: w.value, box: [30, 24, 312, 174]});
      const along = key => range(81).map(i => i / 10 - 3).map(x => [left.x(x), left.y(pool(window(x), beta)[key])]);
      const right = axes([0, 4], [-.25, 1.25], {yticks: [0, .5, 1], ylabel: w.gradient, box: [34, 24, 312, 174]});
      return {
        panels: [
          [left.frame, line(along("mean"), {stroke: "var(--ink)", "stroke-dasharray": "2 3"}),
           line(along("largest"), {stroke: "var(--ink)", "stroke-dasharray": "7 4"}),
           line(along("S"), {"stroke-width": 3}),
           svg("circle", {cx: left.x(x1), cy: left.y(now.S), r: 6, fill: "var(--orange)"}),
           text(left.x(-2.8), left.y(3) - 6, w.largest), text(left.x(2.6), left.y(1.3), w.mean)],
          [right.frame, now.gradient.map((slope, i) => [
            svg("rect", {x: right.x(i + .2), width: right.x(.6) - right.x(0), y: right.y(Math.max(slope, 0)),
                         height: Math.abs(right.y(slope) - right.y(0)),
                         fill: slope < 0 ? "var(--orange)" : "var(--blue)"}),
            text(right.x(i + .5), right.y(Math.max(slope, 0)) - 4, number(slope, 2), {"text-anchor": "middle"}),
            text(right.x(i + .5), 190, number(window(x1)[i]), {"text-anchor": "middle"})]),
           line([[right.x(0), right.y(0)], [right.x(4), right.y(0)]], {stroke: "var(--ink)", "stroke-width": 1})]],
        results: {mean: number(now.mean, 3), S: number(now.S, 3), largest: number(now.largest, 3),
                  derivative: number(now.gradient[0], 3)},
      };
    },
  });
}
