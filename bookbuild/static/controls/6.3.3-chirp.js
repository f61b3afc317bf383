{
  const fs = 8000, half = range(63).map(i => i - 31);
  const sinc = x => x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
  const kernels = {                                  // [position of a tap, its weight]
    bare: [[0, 1]],
    mean: [[0, .5], [1, .5]],
    lowpass: half.map(n => [n, .5 * sinc(n / 2) * (.54 + .46 * Math.cos(Math.PI * n / 31))]),
  };

  /* What the layer makes of a tone of f Hz: the frequency heard, and real and imaginary part of its amplitude. */
  function heard(kernel, f) {
    const phase = n => 2 * Math.PI * f / fs * n;
    const re = kernels[kernel].reduce((sum, [n, weight]) => sum + weight * Math.cos(phase(n)), 0);
    const im = kernels[kernel].reduce((sum, [n, weight]) => sum + weight * Math.sin(phase(n)), 0);
    return f > fs / 4 ? {f: fs / 2 - f, re, im: -im} : {f, re, im};
  }

  function play(f, amplitude) {
    const context = new AudioContext(), oscillator = context.createOscillator(), volume = context.createGain();
    oscillator.frequency.value = f;
    volume.gain.value = .3 * amplitude;
    oscillator.connect(volume).connect(context.destination);
    oscillator.start();
    oscillator.stop(context.currentTime + .8);
    oscillator.onended = () => context.close();
  }

  control("6.3.3-chirp", {
    words: {
      en: {
        try: "Raise the tone past 2000 Hz: with the bare stride it turns round and comes out low at full strength, " +
          "with the 63 taps it fades out instead.",
        picture: "Five milliseconds of the tone with the samples that the stride keeps, and of the layer's output.",
        kernel: "kernel", f: "tone", bare: "bare stride, [1]", mean: "average of two", lowpass: "low-pass, 63 taps",
        before: "Tone at 8 kHz, every second sample marked", after: "Output at 4 kHz", ms: "time in ms",
        alias: "Frequency heard", amplitude: "Amplitude", playBefore: "Play the tone", playAfter: "Play the output",
      },
      zh: {
        try: "把音调升过 2000 Hz：只有步幅时，它掉头变成低音，强度不减；用 63 个系数的低通核时，它逐渐消失。",
        picture: "五毫秒的音、步幅留下的样本，以及该层的输出。",
        kernel: "卷积核", f: "音的频率", bare: "只有步幅，[1]", mean: "两点平均", lowpass: "低通，63 个系数",
        before: "8 kHz 的音，标出隔一个取一个的样本", after: "4 kHz 的输出", ms: "时间（毫秒）",
        alias: "听到的频率", amplitude: "振幅", playBefore: "播放原音", playAfter: "播放输出",
      },
    },
    inputs: {kernel: ["bare", "mean", "lowpass"], f: [100, 3900, 50, 1500]},
    format: {f: f => `${f} Hz`},
    panels: [[320, 160], [320, 160]],
    buttons: {
      playBefore: ({f}) => play(f, 1),
      playAfter: ({kernel, f}) => {
        const tone = heard(kernel, f);
        play(tone.f, Math.hypot(tone.re, tone.im));
      },
    },

    draw({kernel, f}, w) {
      const out = heard(kernel, f), box = [30, 24, 312, 124];
      const tone = ({f, re, im}, t) => re * Math.cos(2 * Math.PI * f * t) - im * Math.sin(2 * Math.PI * f * t);
      const panel = (sound, ylabel, color) => {
        const a = axes([0, 5], [-1.2, 1.2], {xticks: range(6), yticks: [-1, 0, 1], xlabel: w.ms, ylabel, box});
        const at = t => [a.x(1000 * t), a.y(tone(sound, t))];
        return [a.frame, line(range(501).map(i => at(i / 1e5)), {stroke: color, "stroke-width": 1.2}),
                range(21).map(n => at(2 * n / fs)).map(([cx, cy]) =>
                  svg("circle", {cx, cy, r: 3.5, fill: "var(--orange)"}))];
      };
      return {
        panels: [panel({f, re: 1, im: 0}, w.before, "var(--blue)"), panel(out, w.after, "var(--orange)")],
        results: {alias: `${out.f} Hz`, amplitude: number(Math.hypot(out.re, out.im), 3)},
      };
    },
  });
}
