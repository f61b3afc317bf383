control("6.1.4-keyboard", {
  words: {
    en: {
      try: "Change the factor: on the keyboard the lines stay parallel, in hertz they fan out. Then change the pitch of the " +
        "first note: on which of the two rulers does that change how far the partials move?",
      picture: "Six partials of a note joined to those of the same note times the factor, above on a ruler in hertz, below on " +
        "a piano keyboard.",
      factor: "factor", pitch: "first note", hertz: "frequency in Hz", keys: "keys above 110 Hz",
      movedKeys: "Moved by (keys)", movedHertz: "Moved by (Hz)",
    },
    zh: {
      try: "改变倍数：在键盘上，各条线始终平行；以赫兹计，它们散开。再改变第一个音的音高：在哪一把尺上，谐波移动的距离会随之改变？",
      picture: "一个音的六个谐波，各与乘以倍数之后的谐波相连；上为以赫兹为单位的直尺，下为钢琴键盘。",
      factor: "倍数", pitch: "第一个音", hertz: "频率（Hz）", keys: "高于 110 Hz 的键数",
      movedKeys: "移动量（键）", movedHertz: "移动量（Hz）",
    },
  },
  inputs: {factor: [1, 2, .01, 1.5], pitch: [110, 220, 10, 220]},
  format: {factor: factor => number(factor, 2), pitch: pitch => `${pitch} Hz`},
  panels: [[320, 170], [320, 170]],

  draw({factor, pitch}, w) {
    const low = range(6).map(i => (i + 1) * pitch), high = low.map(frequency => factor * frequency);
    const key = frequency => 12 * Math.log2(frequency / 110);
    const ruler = (place, plot) => {
      const dot = (y, color) => frequency => svg("circle", {cx: plot.x(place(frequency)), cy: y, r: 4, fill: color});
      return [plot.frame,
              low.map((frequency, i) => line([[plot.x(place(frequency)), 92], [plot.x(place(high[i])), 30]],
                                             {stroke: "var(--ink)", "stroke-width": 1, opacity: .6})),
              low.map(dot(92, "var(--blue)")), high.map(dot(30, "var(--orange)"))];
    };
    const box = [12, 14, 308, 134];
    const hertz = axes([0, 2700], [0, 1], {xticks: [0, 500, 1000, 1500, 2000, 2500], xlabel: w.hertz, box});
    const keyboard = axes([-1, 56], [0, 1], {xticks: [0, 12, 24, 36, 48], xlabel: w.keys, box});
    const piano = range(56).map(i => svg("rect", {                             // 0 is the key a
      x: keyboard.x(i - .5), y: 108, width: keyboard.x(1) - keyboard.x(0), height: 26, stroke: "#555", "stroke-width": .6,
      fill: [1, 4, 6, 9, 11].includes(i % 12) ? "#333" : "#fff"}));
    return {
      panels: [ruler(frequency => frequency, hertz), [ruler(key, keyboard), piano]],
      results: {movedKeys: low.map((frequency, i) => number(key(high[i]) - key(frequency), 2)).join(", "),
                movedHertz: low.map((frequency, i) => number(high[i] - frequency, 1)).join(", ")},
    };
  },
});
