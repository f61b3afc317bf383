control("6.1.3-frame", {
  words: {
    en: {
      try: "Add layers and watch the padded zeros spread into an image that is 1 everywhere: outside the dashed " +
        "square they have darkened it, and ten layers of 3 × 3 leave only 8 × 8 honest outputs.",
      picture: "A 28 by 28 image of ones after layers of box blur with zero padding, with the honest part outlined, " +
        "and its middle row as a curve.",
      depth: "layers", k: "kernel k", image: "output, 0 black to 1 white", profile: "middle row",
      frame: "Frame, left and right", honest: "Honest outputs", corner: "Value in the top left corner",
    },
    zh: {
      try: "增加层数，看补上的零怎样侵入一幅处处为 1 的图像：虚线框以外已被它们压暗，十层 3 × 3 之后只剩 8 × 8 个真实" +
        "的输出。",
      picture: "全为 1 的 28×28 图像经过若干层零填充的均值模糊，虚线框出真实的部分；旁边是中间一行的曲线。",
      depth: "层数", k: "卷积核 k", image: "输出，0 为黑，1 为白", profile: "中间一行",
      frame: "左、右边框的宽度", honest: "真实的输出", corner: "左上角的值",
    },
  },
  inputs: {depth: [1, 12, 1, 1], k: [2, 7, 1, 3]},
  panels: [[320, 200], [320, 200]],

  draw({depth, k}, w) {
    const n = 28, before = Math.floor((k - 1) / 2), after = Math.floor(k / 2);
    const blur = row => row.map((_, i) => range(k).reduce((sum, a) => sum + (row[i + a - before] ?? 0), 0) / k);
    const row = range(depth).reduce(blur, Array(n).fill(1));              // the image is the product of two such rows
    const left = depth * before, right = depth * after, side = Math.max(n - left - right, 0), px = 172 / n;
    const plot = axes([0, n - 1], [0, 1.05], {xticks: [0, 9, 18, 27], yticks: [0, .5, 1], ylabel: w.profile,
                                              box: [30, 24, 312, 176]});
    const middle = row.map((value, i) => [plot.x(i), plot.y(value * row[n / 2])]);
    return {
      panels: [
        [text(74, 16, w.image),
         heatmap(row.map(y => row.map(x => x * y)), value => Array(3).fill(255 * value), [74, 24, 172, 172]),
         side ? svg("rect", {x: 74 + px * left, y: 24 + px * left, width: px * side, height: px * side, fill: "none",
                             stroke: "#c75000", "stroke-width": 2, "stroke-dasharray": "5 3"}) : []],
        [plot.frame, line(middle), middle.map(([cx, cy], i) => svg("circle", {
          cx, cy, r: 3.5, fill: i >= left && i < n - right ? "var(--blue)" : "var(--orange)"}))]],
      results: {frame: `${left}, ${right}`, honest: `${side} × ${side} = ${side * side}`,
                corner: number(row[0] ** 2, 3)},
    };
  },
});
