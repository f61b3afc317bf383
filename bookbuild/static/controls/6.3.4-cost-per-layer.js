control("6.3.4-cost-per-layer", {
  words: {
    en: {
      try: "Move the first strided layer back, and the total grows; let several layers have the stride, and the receptive " +
        "field grows fast. How late may a single stride of 2 stand if the six layers are to cost half at most?",
      picture: "Bars of the cost of six layers and the size of the map that each of them leaves.",
      s: "stride", first: "first strided layer", count: "strided layers", cost: "cost of the layer, map below",
      total: "Cost of all six layers", saved: "Times cheaper than without a stride", field: "Receptive field in pixels",
    },
    zh: {
      try: "把带步幅的第一层往后移，总代价随之增加；让几层都带步幅，感受野便迅速增大。如果只有一层步幅为 2，又要六层的总代" +
        "价不超过一半，这一层最晚可以放在哪里？",
      picture: "六层各自代价的柱状图，以及每层输出的特征图大小。",
      s: "步幅", first: "带步幅的第一层", count: "带步幅的层数", cost: "各层的代价，下为特征图大小",
      total: "六层的总代价", saved: "与没有步幅时相比减少的倍数", field: "感受野（像素）",
    },
  },
  inputs: {s: [1, 3, 1, 2], first: [1, 6, 1, 1], count: [1, 6, 1, 1]},
  panels: [[320, 200]],

  draw({s, first, count}, w) {
    const layers = range(6).map(i => i + 1), stride = l => l >= first && l < first + count ? s : 1;
    const sizes = layers.map((_, i) => layers.slice(0, i + 1).reduce((n, l) => Math.ceil(n / stride(l)), 64));
    const costs = sizes.map(n => (n / 64) ** 2), total = costs.reduce((sum, cost) => sum + cost, 0);
    const steps = layers.map(l => layers.slice(0, l - 1).reduce((step, earlier) => step * stride(earlier), 1));
    const plot = axes([.5, 6.5], [0, 1.05], {xticks: layers, yticks: [0, .25, .5, .75, 1], ylabel: w.cost,
                                             box: [40, 24, 312, 150]});
    return {
      panels: [[plot.frame, layers.map((l, i) => [
        svg("rect", {x: plot.x(l - .3), y: plot.y(costs[i]), width: plot.x(.6) - plot.x(0), height: plot.y(0) - plot.y(costs[i]),
                     fill: stride(l) > 1 ? "var(--orange)" : "var(--blue)"}),
        text(plot.x(l), 190, `${sizes[i]}²`, {"text-anchor": "middle"})])]],
      results: {total: number(total, 3), saved: number(6 / total, 2),
                field: number(steps.reduce((field, step) => field + 2 * step, 1))},
    };
  },
});
