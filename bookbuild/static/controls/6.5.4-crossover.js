{
  const n = 16;

  /* Distribution function of the normal distribution (Abramowitz and Stegun 7.1.26, error below 1e-7). */
  function ndtr(x) {
    const z = Math.abs(x) / Math.SQRT2, t = 1 / (1 + .3275911 * z);
    const tail = t * (.254829592 + t * (-.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
      * Math.exp(-z * z) / 2;
    return x < 0 ? tail : 1 - tail;
  }

  const normal = (x, sd) => Math.exp(-x * x / (2 * sd * sd)) / (sd * Math.sqrt(2 * Math.PI));
  const noiseMax = t => ndtr(t) ** n;
  const signalMax = (t, m, a) => ndtr(t) ** (n - m) * ndtr(t - a) ** m;

  function aucMax(m, a) {
    const step = (18 + a) / 4000, ts = range(4001).map(i => -9 + step * i);
    const noise = ts.map(noiseMax), signal = ts.map(t => signalMax(t, m, a));
    return range(4000).reduce((sum, i) => sum + (noise[i] + noise[i + 1]) / 2 * (signal[i + 1] - signal[i]), 0);
  }

  control("6.5.4-crossover", {
    words: {
      en: {
        try: "Raise a single entry to 4, then all sixteen by 0.6: the maximum pulls the two curves apart in the " +
          "first case, the average in the second.",
        picture: "Distributions of the pooled value for windows of noise and for windows with a signal, by average " +
          "and by maximum.",
        m: "raised entries", a: "height", averagePanel: "average of 16 entries", maxPanel: "maximum of 16 entries",
        noise: "noise", signal: "signal", average: "AUC of the average", max: "AUC of the maximum",
      },
      zh: {
        try: "先把一个元素抬高到 4，再把十六个元素都抬高 0.6：前一种情形里，最大值把两条曲线拉开；后一种情形里，平均" +
          "值把它们拉开。",
        picture: "噪声窗口与信号窗口的汇聚值分布，一幅为平均值，一幅为最大值。",
        m: "抬高的个数", a: "高度", averagePanel: "16 个元素的平均值", maxPanel: "16 个元素的最大值",
        noise: "噪声", signal: "信号", average: "平均值的 AUC", max: "最大值的 AUC",
      },
    },
    inputs: {m: [1, 16, 1, 1], a: [.1, 5, .1, 2]},
    format: {a: a => number(a, 1)},
    panels: [[320, 170], [320, 170]],

    draw({m, a}, w) {
      const panel = (xs, top, xticks, ylabel, noise, signal) => {
        const plot = axes(xs, [0, top], {xticks, ylabel, box: [12, 24, 312, 148]});
        const curve = density => range(201).map(i => xs[0] + (xs[1] - xs[0]) * i / 200)
          .map(t => [plot.x(t), plot.y(density(t))]);
        const dashed = {stroke: "var(--ink)", "stroke-dasharray": "5 3"};
        return [plot.frame, line(curve(noise), dashed), line(curve(signal)),
                line([[232, 38], [256, 38]], dashed), text(262, 42, w.noise),
                line([[232, 56], [256, 56]]), text(262, 60, w.signal)];
      };
      const slope = F => t => (F(t + .01) - F(t - .01)) / .02;
      return {
        panels: [
          panel([-1.5, 6], 1.9, range(7), w.averagePanel, t => normal(t, 1 / 4), t => normal(t - m * a / n, 1 / 4)),
          panel([-1.5, 8], 1.1, range(8), w.maxPanel, slope(noiseMax), slope(t => signalMax(t, m, a)))],
        results: {average: number(ndtr(m * a / Math.sqrt(2 * n)), 3), max: number(aucMax(m, a), 3)},
      };
    },
  });
}
