{
  const n = 16, half = n / 2;
  const layers = [{weight: [1, 2, 1], bias: 2}, {weight: [-1, 3, -2], bias: 0}];
  const networks = {zeros: {stride: 1, circular: false}, circular: {stride: 1, circular: true}, strided: {stride: 2, circular: true}};

  const layer = (x, {weight, bias}, {stride, circular}) => range(x.length / stride).map(i =>
    Math.max(0, weight.reduce((sum, tap, a) => {
      const j = stride * i + a - 1;
      return sum + tap * (circular ? x[(j + x.length) % x.length] : x[j] ?? 0);
    }, bias)));
  const maps = (network, dot) => {
    const pixels = range(n).map(i => Number(i === dot));
    if (network === "column") return [pixels, pixels.map((pixel, i) => Math.max(0, n * pixel + i - n))];
    return layers.reduce((done, one) => [...done, layer(done.at(-1), one, networks[network])], [pixels]);
  };
  const maximum = (network, dot) => Math.max(...maps(network, dot).at(-1));

  control("6.1.2-positions", {
    words: {
      en: {
        try: "Move the dot and watch the maximum, the only thing that the network hands on. With zeros, how far from the border " +
          "does it stop changing? Then try circular padding, without and with stride, and the column number.",
        picture: "Sixteen pixels with one dot, the outputs of the layers, and the maximum for each column of the dot; " +
          "columns with the present maximum are marked, a thick line separates left from right.",
        dot: "column of the dot", network: "network", zeros: "zeros", circular: "circular", strided: "circular, stride 2",
        column: "column number", pixels: "pixels", first: "layer 1", second: "layer 2", every: "maximum for every column of the dot",
        maximum: "Maximum", alike: "Columns with this maximum", right: "Left or right: correct at best",
      },
      zh: {
        try: "移动亮点，观察最大值：网络只把这个数交出去。零填充时，离边界多远它就不再变化？再试试循环填充（步幅 1 和步幅 2）" +
          "以及列号。",
        picture: "十六个像素和其中的一个亮点、各层的输出，以及亮点在每一列时的最大值；与当前最大值相同的列有标记，粗线分开左右两半。",
        dot: "亮点的列号", network: "网络", zeros: "零填充", circular: "循环填充", strided: "循环填充，步幅 2",
        column: "列号", pixels: "像素", first: "第 1 层", second: "第 2 层", every: "亮点在各列时的最大值",
        maximum: "最大值", alike: "最大值与此相同的列", right: "判断左右最多答对",
      },
    },
    inputs: {dot: [0, 15, 1, 2], network: ["zeros", "circular", "strided", "column"]},
    panels: [[360, 230]],

    draw({dot, network}, w) {
      const shown = maps(network, dot), largest = maximum(network, dot), each = range(n).map(i => maximum(network, i));
      const alike = range(n).filter(i => each[i] === largest);
      const right = [...new Set(each)].reduce((sum, value) => {
        const left = range(half).filter(i => each[i] === value).length;
        return sum + Math.max(left, each.filter(one => one === value).length - left);
      }, 0);
      const strip = (top, label, values, marked) => {
        const width = 344 / values.length, middle = {"text-anchor": "middle"};
        return [text(8, top - 5, label), values.map((value, i) => [
          svg("rect", {x: 8 + width * i, y: top, width, height: 22, stroke: "var(--line)",
                       ...marked(value, i) ? {fill: "var(--orange)", "fill-opacity": .4} : {fill: "var(--soft)"}}),
          text(8 + width * (i + .5), top + 16, value, middle)])];
      };
      return {
        panels: [[
          shown.map((values, i) => strip(20 + 50 * i, [w.pixels, w.first, w.second][i], values,
                                         i === shown.length - 1 ? value => value === largest : value => i === 0 && value)),
          strip(176, w.every, each, value => value === largest),
          range(n).map(i => text(8 + 21.5 * (i + .5), 214, i, {"text-anchor": "middle", opacity: i === dot ? 1 : .6})),
          line([[180, 176], [180, 204]], {stroke: "var(--ink)", "stroke-width": 3})]],
        results: {maximum: number(largest), alike: alike.join(", "), right: `${right} / ${n}`},
      };
    },
  });
}
