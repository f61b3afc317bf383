{
  const kernels = {"[1, −2, 1]": [1, -2, 1], "[−1, 1]": [-1, 1], "[−1, 3, −3, 1]": [-1, 3, -3, 1], "[1, −1]": [1, -1],
                   "[−1, 2, −1]": [-1, 2, -1], "[1, 1, 1, 1, 1]": [1, 1, 1, 1, 1]};
  const least = -4, greatest = 1;                                             // the first sample of the window
  const places = range(greatest - least + 1).map(i => least + i);
  const correlate = (kernel, degree, first) => kernel.reduce((sum, tap, j) => sum + tap * (first + j) ** degree, 0);
  const derivative = (order, degree, x) =>
    order > degree ? 0 : range(order).reduce((product, i) => product * (degree - i), x ** (degree - order));
  const integral = (width, degree, x) => ((x + width / 2) ** (degree + 1) - (x - width / 2) ** (degree + 1)) / (degree + 1);
  const signed = value => value < 0 ? `(${number(value)})` : number(value);

  control("6.2.4-kernels", {
    words: {
      en: {
        try: "Slide the kernel and compare its result with the derivative in the middle of the window. Then raise the degree: " +
          "up to which one does each kernel agree with the curve everywhere? Which two give its mirror image?",
        picture: "Left, samples of a power of x, those in the window marked and with the entries of the kernel. Right, the " +
          "results of the kernel and the derivative or integral as a curve.",
        kernel: "kernel", degree: "degree", first: "first sample", samples: "samples of", results: "results",
        sum: "Kernel", derivative: "Derivative in the middle of the window", integral: "Integral over the cells of the window",
      },
      zh: {
        try: "滑动卷积核，把结果与窗口正中的导数比一比。再提高次数：每个核到几次为止还处处与曲线一致？哪两个核给出曲线的镜像？",
        picture: "左图是 x 的幂的样本，窗口内的样本有标记，并写着核的元素；右图是核的各个结果，曲线是导数或积分。",
        kernel: "核", degree: "次数", first: "第一个样本", samples: "样本", results: "结果",
        sum: "核的结果", derivative: "窗口正中的导数", integral: "窗口各格上的积分",
      },
    },
    inputs: {kernel: Object.keys(kernels), degree: [0, 5, 1, 3], first: [least, greatest, 1, 0]},
    panels: [[320, 200], [320, 200]],
    format: {first: first => `x = ${number(first)}`},

    draw({kernel: name, degree, first}, w) {
      const kernel = kernels[name], size = kernel.length, box = [44, 26, 306, 160];
      const sums = kernel.every(tap => tap === 1), middle = place => place + (size - 1) / 2;
      const exact = x => sums ? integral(size, degree, x) : derivative(size - 1, degree, x);
      const xs = [least - .5, greatest + size - .5], wide = range(61).map(i => xs[0] + i / 60 * (xs[1] - xs[0]));
      const inside = range(61).map(i => middle(least) + i / 60 * (greatest - least));
      const plot = (values, ylabel) => {
        const low = Math.min(0, ...values), high = Math.max(1, ...values), spare = .15 * (high - low);
        const xticks = range(greatest - least + size).map(i => least + i);
        const yticks = [0, low, high].filter((y, i) => i === 0 || Math.abs(y) > spare).map(Math.round);
        return axes(xs, [low - spare, high + spare], {ylabel, xlabel: "x", box, xticks, yticks});
      };
      const samples = range(greatest - least + size).map(i => least + i), power = x => x ** degree;
      const dot = (place, x, value, r, color) => svg("circle", {cx: place.x(x), cy: place.y(value), r, fill: color});
      const left = plot(samples.map(power), `${w.samples} ${degree ? degree > 1 ? `x${"⁰¹²³⁴⁵"[degree]}` : "x" : "1"}`);
      const results = places.map(place => correlate(kernel, degree, place));
      const right = plot([...results, ...inside.map(exact)], w.results);
      const terms = kernel.map((tap, j) => `${signed(tap)}·${signed(power(first + j))}`).join(" + ");
      return {
        panels: [
          [left.frame, svg("rect", {x: left.x(first - .4), y: 26, width: left.x(size - .2) - left.x(0), height: 134, fill: "var(--soft)"}),
           left.clip(line(wide.map(x => [left.x(x), left.y(power(x))]), {stroke: "var(--ink)", "stroke-width": 1, opacity: .5})),
           samples.map(x => dot(left, x, power(x), 4, x >= first && x < first + size ? "var(--orange)" : "var(--blue)")),
           kernel.map((tap, j) => text(left.x(first + j), 40, number(tap), {"text-anchor": "middle"}))],
          [right.frame, line(inside.map(x => [right.x(x), right.y(exact(x))]), {stroke: "var(--ink)", "stroke-width": 1, opacity: .5}),
           places.map((place, i) => dot(right, middle(place), results[i], place === first ? 6 : 4,
                                        place === first ? "var(--orange)" : "var(--blue)"))]],
        results: {sum: `${terms} = ${number(correlate(kernel, degree, first))}`,
                  [sums ? "integral" : "derivative"]: number(Math.round(exact(middle(first)) * 1e4) / 1e4)},
      };
    },
  });
}
