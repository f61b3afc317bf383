{
  const kernels = {
    "[1, −1]": [[1, -1]], "[1, −1]ᵀ": [[1], [-1]], "[[1, 0], [0, −1]]": [[1, 0], [0, -1]],
    "[[0, 1], [−1, 0]]": [[0, 1], [-1, 0]], "Sobel": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
  };
  const r = 12;                              // the page's soft_edge: 25 × 25 pixels, a ramp 8 pixels wide
  const softEdge = angle => range(2 * r + 1).map(y => range(2 * r + 1).map(x =>
    Math.min(1, Math.max(0, .5 + ((x - r) * Math.cos(angle) + (y - r) * Math.sin(angle)) / 8))));
  const correlate = (X, K) => range(X.length - K.length + 1).map(i => range(X[0].length - K[0].length + 1).map(j =>
    K.reduce((sum, row, a) => row.reduce((sum, tap, b) => sum + tap * X[i + a][j + b], sum), 0)));
  const sensitivity = (K, angle) => {
    let mx = 0, my = 0;
    K.forEach((row, a) => row.forEach((tap, b) => { mx += b * tap; my += a * tap; }));
    return Math.abs(mx * Math.cos(angle) + my * Math.sin(angle));
  };

  control("6.2.1-angles", {
    words: {
      en: {
        try: "Turn the edge until the response vanishes: every kernel is blind to one direction, and its transpose " +
          "or its mirror image sees that one at full strength.",
        picture: "A soft edge, the response of the kernel to it, and the strength of the response at every angle " +
          "with the present one marked.",
        kernel: "kernel", degrees: "normal at", edge: "edge", response: "response", lobes: "strength by angle",
        formula: "Strength by |m·n|", measured: "Strength measured in the picture",
      },
      zh: {
        try: "转动边缘，直到响应消失：每个卷积核都有一个方向看不见，而它的转置或镜像恰好以最大强度看见这个方向。",
        picture: "一条缓变的边缘、卷积核对它的响应，以及各个角度的响应强度，并标出当前角度。",
        kernel: "卷积核", degrees: "法向角度", edge: "边缘", response: "响应", lobes: "各角度的强度",
        formula: "由 |m·n| 得到的强度", measured: "从图像中测得的强度",
      },
    },
    inputs: {kernel: Object.keys(kernels), degrees: [0, 355, 5, 0]},
    format: {degrees: degrees => `${degrees}°`},
    panels: [[320, 175], [320, 175]],

    draw({kernel, degrees}, w) {
      const K = kernels[kernel], angle = degrees * Math.PI / 180, X = softEdge(angle), Y = correlate(X, K);
      const most = kernel === "Sobel" ? 8 : K.length === K[0].length ? Math.SQRT2 : 1;
      const at = (a, size) => [160 + 70 * size / most * Math.cos(a), 97 + 70 * size / most * Math.sin(a)];
      const strength = sensitivity(K, angle);
      const lobes = range(121).map(i => at(i * Math.PI / 60, sensitivity(K, i * Math.PI / 60)));
      return {
        panels: [
          [heatmap(X, value => Array(3).fill(255 * value), [8, 24, 145, 145]), text(8, 16, w.edge),
           heatmap(Y, value => diverging(8 * value / most), [167, 24, 145, 145]), text(167, 16, w.response)],
          [svg("circle", {cx: 160, cy: 97, r: 70, fill: "none", stroke: "var(--line)"}), text(8, 16, w.lobes),
           line(lobes), line([at(angle, -most), at(angle, most)], {stroke: "var(--line)", "stroke-dasharray": "4 3"}),
           line([[160, 97], at(angle, strength)], {stroke: "var(--orange)", "stroke-width": 3}),
           svg("circle", {cx: at(angle, strength)[0], cy: at(angle, strength)[1], r: 5, fill: "var(--orange)"})]],
        results: {formula: number(strength, 3), measured: number(8 * Math.max(...Y.flat().map(Math.abs)), 3)},
      };
    },
  });
}
