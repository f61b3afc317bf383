{
  const viridis = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
  const layers = [1, 2].map(number => numbersOf(`6.6.4-layer${number}`)), classes = layers[0].labels;
  const columns = layers.map(({arrays}) => arrays.length / classes.length);          // the input and the channels
  const column = (layer, c) => classes.map((_, image) => layers[layer].arrays[columns[layer] * image + c]);
  const inputs = column(0, 0).map(({rows}) => rows), gray = value => [255 * value, 255 * value, 255 * value];
  const channels = columns.flatMap((count, layer) => range(count - 1).map(channel => [layer, channel]));

  function color(share) {
    const at = Math.min(share * 4, 3.999), below = Math.floor(at);
    return viridis[below].map((value, i) => value + (viridis[below + 1][i] - value) * (at - below));
  }

  control("6.6.4-layer2", {
    words: {
      en: {
        try: "Go through the channels of both layers: which image drives a channel most, and does its mean activation " +
          "tell the coats from the pullovers?",
        picture: "Left, the maps of the chosen channel for the six images. Right, the mean of each map as a bar above its image.",
        channel: "layer, channel", title: "layer {layer}, channel {channel}, {size}", means: "mean activation by image", pullover: "pullover", coat: "coat",
        largest: "Largest mean", smallest: "Smallest mean", classes: "By their means", above: "all coats above all pullovers",
        below: "all coats below all pullovers", overlap: "coats and pullovers overlap",
      },
      zh: {
        try: "逐个看两层的通道：哪幅图像让它响应最强？它的平均激活值能把外套和套衫分开吗？",
        picture: "左边是所选通道对六幅图像的特征图；右边每幅图像上方的条形是该特征图的平均值。",
        channel: "层，通道", title: "第 {layer} 层，通道 {channel}，{size}", means: "各图像的平均激活值", pullover: "套衫", coat: "外套",
        largest: "平均值最大", smallest: "平均值最小", classes: "按平均值看", above: "外套都高于套衫",
        below: "外套都低于套衫", overlap: "外套与套衫有重叠",
      },
    },
    inputs: {channel: [0, channels.length - 1, 1, 0]},
    format: {channel: i => `${channels[i][0] + 1}, ${channels[i][1]}`},
    panels: [[320, 236], [320, 236]],

    draw({channel}, w) {
      const [layer, place] = channels[channel], shown = column(layer, 1 + place);
      const maps = shown.map(({rows}) => rows), means = shown.map(({mean}) => mean);
      const all = maps.flat(2), low = Math.min(...all), high = Math.max(...all);
      const name = i => `${w[classes[i]]} ${classes.slice(0, i + 1).filter(other => other === classes[i]).length}`;
      const told = value => `${name(means.indexOf(value))} (${number(value, 3)})`;
      const largest = Math.max(...means), smallest = Math.min(...means);
      const [coats, pullovers] = ["coat", "pullover"].map(wanted => means.filter((_, i) => classes[i] === wanted));
      const words = {layer: layer + 1, channel: place, size: `${maps[0].length} × ${maps[0][0].length}`};
      const bars = axes([0, 6], [0, 1.15 * largest], {ylabel: w.means, box: [8, 24, 314, 170]});
      const middle = {"text-anchor": "middle"};
      return {
        panels: [
          [text(8, 16, w.title.replace(/{(\w+)}/g, (_, key) => words[key])),
           maps.map((map, i) => heatmap(map, value => color((value - low) / (high - low)),
                                        [8 + 104 * (i % 3), 24 + 106 * Math.floor(i / 3), 98, 98]))],
          [bars.frame, means.map((value, i) => [
            svg("rect", {x: bars.x(i + .15), y: bars.y(value), width: bars.x(.7) - bars.x(0), height: bars.y(0) - bars.y(value),
                         fill: classes[i] === "coat" ? "var(--orange)" : "var(--blue)"}),
            text(bars.x(i + .5), bars.y(value) - 4, number(value, 3), middle),
            heatmap(inputs[i], gray, [bars.x(i + .06), 174, 45, 45])]),
           ...["pullover", "coat"].map((one, i) => text(bars.x(1.5 + 3 * i), 233, w[one], middle))]],
        results: {
          largest: told(largest), smallest: told(smallest),
          classes: Math.min(...coats) > Math.max(...pullovers) ? w.above
            : Math.max(...coats) < Math.min(...pullovers) ? w.below : w.overlap,
        },
      };
    },
  });
}
