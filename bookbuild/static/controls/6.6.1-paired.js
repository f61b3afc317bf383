{
  const runs = numbersOf("6.6.1-paired").arrays;            // of each seed: accuracy with average pooling, with max pooling
  const accuracies = runs.flat(), gains = runs.flatMap(([average]) => runs.map(([, max]) => max - average));
  const outer = (values, margin) => [Math.floor(Math.min(...values) - margin), Math.ceil(Math.max(...values) + margin)];
  const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
  const signed = (value, digits) => (value < 0 ? "" : "+") + number(value, digits);

  /* The t that |T| exceeds in 5 % of cases: with t = √df tan θ, the density of θ is proportional to cos^(df-1) θ. */
  function tQuantile(df) {
    const steps = 100_000, width = Math.PI / 2 / steps;
    const density = range(steps).map(i => Math.cos((i + .5) * width) ** (df - 1));
    let rest = .95 * density.reduce((sum, value) => sum + value, 0), i = 0;
    while (rest > density[i]) rest -= density[i++];
    return Math.sqrt(df) * Math.tan((i + rest / density[i]) * width);
  }

  const t = range(runs.length).map(df => df ? tQuantile(df) : NaN);

  control("6.6.1-paired", {
    words: {
      en: {
        try: "Run one seed only, then shift max pooling to another seed: a single pair may tell of a loss or of more " +
          "than twice the gain. Then run all seeds, with and without the shift.",
        picture: "Left, a line for each pair of runs, from average to max pooling. Right, their differences, with the " +
          "mean and its 95 % interval.",
        n: "pairs run", first: "first seed", shift: "shift of the seed for max", average: "average", max: "max",
        accuracy: "test accuracy (%)", gain: "max minus average (points)", pairs: "pairs", interval: "mean, 95 %",
        seeds: "Seeds (average, max)", differences: "Differences", mean: "Mean", range: "95 % interval of the mean",
        none: "none: one difference shows no scatter", to: " to ",
      },
      zh: {
        try: "先只跑一对，再让最大汇聚换用另一个种子：单独一对可能显示变差，也可能显示两倍多的提高。然后跑满所有种子，" +
          "比较错开与不错开。",
        picture: "左图中每对训练一条线，从平均汇聚到最大汇聚；右图是各对的差值，以及均值和它的 95% 区间。",
        n: "训练几对", first: "第一个种子", shift: "最大汇聚的种子错开", average: "平均", max: "最大",
        accuracy: "测试精度（%）", gain: "最大减平均（百分点）", pairs: "各对", interval: "均值，95%",
        seeds: "种子（平均，最大）", differences: "差值", mean: "均值", range: "均值的 95% 区间",
        none: "无：只有一个差值，看不出分散程度", to: " 至 ",
      },
    },
    inputs: {n: [1, runs.length, 1, 1], first: [0, runs.length - 1, 1, 1], shift: [0, runs.length - 1, 1, 0]},
    format: {shift: shift => `+${shift}`},
    panels: [[320, 220], [320, 220]],

    draw({n, first, shift}, w) {
      const pairs = range(n).map(i => [first + i, first + i + shift].map(seed => seed % runs.length));
      const differences = pairs.map(([a, b]) => runs[b][1] - runs[a][0]), m = mean(differences);
      const half = t[n - 1] * Math.sqrt(mean(differences.map(d => (d - m) ** 2)) / (n - 1));
      const ticks = ([low, high]) => range(high - low + 1).map(i => low + i).filter(tick => tick % 2 === 0);
      const dot = (x, y, color) => svg("circle", {cx: x, cy: y, r: 4, fill: color});
      const middle = {"text-anchor": "middle"};

      const ys = outer(accuracies, .5), left = axes([-.3, 1.3], ys, {yticks: ticks(ys), ylabel: w.accuracy, box: [34, 24, 312, 190]});
      const faint = runs.map(pair => pair.map((value, x) => dot(left.x(x), left.y(value), "var(--unread)")));
      const chosen = pairs.map(([a, b]) => [[0, runs[a][0]], [1, runs[b][1]]].map(([x, y]) => [left.x(x), left.y(y)]))
        .map(ends => [line(ends), ends.map(([x, y]) => dot(x, y, "var(--blue)"))]);

      const gs = outer(gains, .5), right = axes([0, 1], gs, {yticks: ticks(gs), ylabel: w.gain, box: [34, 24, 312, 190]});
      const at = value => right.y(value), x = right.x(.7), orange = {stroke: "var(--orange)"};
      const bar = n > 1 ? [line([[x, at(m - half)], [x, at(m + half)]], orange),
                           ...[m - half, m + half].map(end => line([[x - 8, at(end)], [x + 8, at(end)]], orange))] : [];
      return {
        panels: [
          [left.frame, faint, chosen, text(left.x(0), 207, w.average, middle), text(left.x(1), 207, w.max, middle)],
          [right.frame, line([[34, at(0)], [312, at(0)]], {stroke: "var(--ink)", "stroke-width": 1}),
           differences.map((d, i) => dot(right.x(.3) + 9 * (i - (n - 1) / 2), at(d), "var(--blue)")),
           right.clip(...bar), dot(x, at(m), "var(--orange)"),
           text(right.x(.3), 207, w.pairs, middle), text(x, 207, w.interval, middle)]],
        results: {
          seeds: pairs.map(pair => `(${pair.join(", ")})`).join(" "),
          differences: differences.map(d => signed(d, 1)).join(", "), mean: signed(m, 2),
          range: n > 1 ? signed(m - half, 2) + w.to + signed(m + half, 2) : w.none,
        },
      };
    },
  });
}
