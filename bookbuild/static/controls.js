"use strict";
// Controls: pictures whose numbers the reader moves. Each file of controls/ describes one and is named after the figure
// below which it stands. Plain scripts rather than modules, so that a page opened from disk has them as well.

/* Mount a control in its place on the page.
   name     the figure's name
   words    {en, zh}: `try`, one sentence on what to do and what to see; `picture`, what is drawn, for screen readers;
            and the label of every input, option, result and button by its key
   inputs   {key: [least, greatest, step, start] or [option, option, ...]}: a slider or a menu, in this order
   panels   [[width, height], ...] of the drawings, in px; 320 wide each, so that they fit on a phone
   draw     (values, words) -> {panels: [[SVG elements], ...], results: {key: text}}
   format   {key: value -> text} of a slider, where it is not the bare number
   buttons  {key: values -> anything}
*/
function control(name, {words, inputs, panels, draw, format = {}, buttons = {}}) {
  const place = document.querySelector(`[data-control="${name}"]`);
  const w = words[document.documentElement.lang.startsWith("zh") ? "zh" : "en"];
  const values = {}, shown = {};
  const fields = Object.entries(inputs).map(([key, range]) => {
    const id = `${name}-${key}`;
    const [input, value] = typeof range[0] === "number" ? slider(id, range) : menu(id, range, w);
    values[key] = value;
    shown[key] = html("output", {for: id});
    input.addEventListener("input", () => {
      values[key] = typeof value === "number" ? Number(input.value) : input.value;
      update();
    });
    return html("div", {class: "control-field"}, html("label", {for: id}, w[key]), input,
                ...typeof value === "number" ? [shown[key]] : []);
  });
  const drawings = panels.map(([width, height]) => svg("svg", {viewBox: `0 0 ${width} ${height}`, role: "img",
                                                               "aria-label": w.picture}));
  const results = html("div", {class: "control-results", "aria-live": "polite", "aria-atomic": "true"});
  const pressed = Object.entries(buttons).map(([key, action]) => {
    const button = html("button", {type: "button"}, w[key]);
    button.addEventListener("click", () => action(values));
    return button;
  });

  function update() {
    for (const [key, output] of Object.entries(shown)) {
      output.textContent = format[key] ? format[key](values[key]) : number(values[key]);
      document.querySelector(`input[id="${name}-${key}"]`)?.setAttribute("aria-valuetext", output.textContent);   // a list says it itself
    }
    const drawn = draw(values, w);
    drawings.forEach((drawing, i) => drawing.replaceChildren(...drawn.panels[i].flat(Infinity)));
    results.replaceChildren(...Object.entries(drawn.results).map(([key, text]) =>
      html("p", {}, html("span", {}, w[key]), html("strong", {"data-result": key}, text))));
  }

  place.setAttribute("role", "group");
  place.setAttribute("aria-labelledby", `${name}-try`);
  place.replaceChildren(html("p", {class: "control-try", id: `${name}-try`}, w.try),
                        html("div", {class: "control-fields"}, ...fields),
                        ...pressed.length ? [html("div", {class: "control-fields"}, ...pressed)] : [],
                        html("div", {class: "control-panels"}, ...drawings), results);
  update();
}

function slider(id, [min, max, step, start]) {
  return [html("input", {type: "range", id, min, max, step, value: start}), start];
}

function menu(id, options, w) {
  const entries = options.map(option => html("option", {value: option}, w[option] ?? option));
  return [html("select", {id}, ...entries), options[0]];
}

function html(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/* What the build has put on the page of a figure's numbers: {labels, arrays}, a matrix as {rows, mean}: its mean is exact, its
   values are rounded to 255 steps. */
function numbersOf(figure) {
  const {labels, arrays} = JSON.parse(document.querySelector(`script[data-numbers="${figure}"]`).textContent);
  const matrix = ({shape: [height, width], low, high, mean, shades}) => {
    const values = Array.from(atob(shades), letter => low + letter.charCodeAt(0) / 255 * (high - low));
    return {rows: range(height).map(row => values.slice(width * row, width * (row + 1))), mean};
  };
  return {labels, arrays: arrays.map(array => Array.isArray(array) ? array : matrix(array))};
}

/* A number as text: a true minus sign, `digits` decimals if given. */
function number(value, digits) {
  const text = digits === undefined ? String(value) : value.toFixed(digits).replace(/^-(0(\.0*)?)$/, "$1");
  return text.replace("-", "−");
}

function text(x, y, content, attributes = {}) {
  return svg("text", {x, y, ...attributes}, content);
}

function line(points, attributes = {}) {
  return svg("polyline", {points: points.map(point => point.join()).join(" "), fill: "none", stroke: "var(--blue)",
                          "stroke-width": 2, ...attributes});
}

/* Axes for a panel: {x, y, frame, clip}: functions from numbers to px, what to draw, a wrapper that cuts at the frame.
   xs, ys: the ranges; xticks, yticks: where numbers stand; box: left, top, right, bottom in px. */
function axes(xs, ys, {xticks = [], yticks = [], xlabel = "", ylabel = "", box: [left, top, right, bottom]}) {
  const x = value => left + (value - xs[0]) / (xs[1] - xs[0]) * (right - left);
  const y = value => bottom - (value - ys[0]) / (ys[1] - ys[0]) * (bottom - top);
  const frame = [
    svg("rect", {x: left, y: top, width: right - left, height: bottom - top, fill: "none", stroke: "var(--line)"}),
    ...xticks.map(tick => text(x(tick), bottom + 15, number(tick), {"text-anchor": "middle"})),
    ...yticks.map(tick => text(left - 5, y(tick) + 4, number(tick), {"text-anchor": "end"})),
    text((left + right) / 2, bottom + 30, xlabel, {"text-anchor": "middle"}),
    text(left, top - 6, ylabel)];
  const size = {width: right - left, height: bottom - top};
  const viewBox = `${left} ${top} ${size.width} ${size.height}`;
  const clip = (...inside) => svg("svg", {x: left, y: top, ...size, viewBox}, ...inside);
  return {x, y, frame, clip};
}

/* A matrix as an image; color: value -> [red, green, blue], 0 to 255. */
function heatmap(matrix, color, [x, y, width, height]) {
  const canvas = html("canvas", {width: matrix[0].length, height: matrix.length});
  const pixels = new ImageData(new Uint8ClampedArray(matrix.flat().flatMap(value => [...color(value), 255])),
                               matrix[0].length);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return [svg("image", {x, y, width, height, href: canvas.toDataURL(), preserveAspectRatio: "none",
                        style: "image-rendering: pixelated"}),
          svg("rect", {x, y, width, height, fill: "none", stroke: "var(--line)"})];
}

/* Blue below zero, white at zero, orange above, full at -1 and 1. */
function diverging(value) {
  const share = Math.min(Math.abs(value), 1), [r, g, b] = value < 0 ? [0, 114, 178] : [213, 94, 0];
  return [r, g, b].map(channel => 255 + (channel - 255) * share);
}

function range(n) {
  return Array.from({length: n}, (_, i) => i);
}
