/* The page at work: switches year, language, unit and township; sorts; draws. All tables stand in the HTML already.
   Numbers are the printed texts of the data; none is computed here. Names enter the page by textContent only, and
   charts as text of an SVG: never as HTML. */
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const $ = (id) => document.getElementById(id);
  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
  const WORDS = {
    zh: {none: "无数", other: "其他 {n} 项", composition: "{name}各项价值", chosen: "已选 {name}。",
         merged: "图中合并为“其他”的小项：{names}。", notDrawn: "没有画出（零、负值、没有或不公布）：{names}。", map: "地图：{what}，{year} 年，{unit}。列表中可选同样的{place}，数见排序表。",
         bars: "条形图：{name} 各项价值，{year} 年，{unit}。数见构成表。", flow: "流向图：{name} 从合计到科目到各项服务，{year} 年，{unit}。数见构成表。",
         sorted: "已按“{what}”{way}排列。", up: "升序", down: "降序", zone: "代码", year: "年份", nothing: "没有可画的数。"},
    en: {none: "no number", other: "{n} others", composition: "{name}: composition", chosen: "{name} chosen.",
         merged: "Small ones drawn together as others: {names}.", notDrawn: "Not drawn (nought, below nought, none or not published): {names}.", map: "Map: {what}, {year}, {unit}. The list chooses the same {place}; numbers stand in the table.",
         bars: "Bars: value by service, {name}, {year}, {unit}. Numbers stand in the composition table.", flow: "Flow of value from the total to accounts to services, {name}, {year}, {unit}. Numbers stand in the composition table.",
         sorted: "Sorted by {what}, {way}.", up: "ascending", down: "descending", zone: "id", year: "year", nothing: "Nothing to draw."},
  };
  // YlGnBu without its darkest, Okabe-Ito like for the accounts: told apart with any colour vision
  const CLASSES = {1: ["#7fcdbb"], 2: ["#c7e9b4", "#41b6c4"], 3: ["#ffffcc", "#7fcdbb", "#2c7fb8"],
                   4: ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8"], 5: ["#ffffcc", "#c7e9b4", "#7fcdbb", "#41b6c4", "#2c7fb8"]};
  const NONE = "#e3e6e5", INK = "#1d2a26", CHOSEN = "#c2410c";
  const ACCOUNTS = {"account.provisioning": "#d59a1d", "account.regulating": "#2b7bba", "account.cultural": "#c0558a"};
  const TOTAL = "#0a5c43", SERVICE = "#2a9d6f";
  const LABEL = 12, GAP = 8; // px: size of the labels of the flow, and space around them
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const state = {lang: data.pageLang === "zh" ? "zh" : "en", year: data.yearList.length - 1, zone: 0, large: 0,
                 mapped: data.mappedIds[0] || ""};
  const measures = new Map(data.measureList.map((m, i) => [m.measureId, {...m, at: i}]));
  const zones = [["", ""], ...data.zoneList];
  const rowOf = new Map(zones.map(([id], i) => [id, i]));

  /* words and numbers ---------------------------------------------------------------------------------------------- */
  const L = () => (state.lang === "zh" ? 0 : 1);
  const say = (key, put) => Object.entries(put || {}).reduce((t, [k, v]) => t.split(`{${k}}`).join(v), WORDS[state.lang][key]);
  const nameOf = (zone) => (zone ? zones[zone][1] : data.studyName || data.wholeWords[L()]);
  const titleOf = (m) => m.measureName[L()];
  const pick = (list) => list[Math.min(list.length - 1, list.length > 2 ? L() + 2 * state.large : L())];
  const unitOf = (m) => pick(m.measureUnits);
  const cell = (m, zone, year) => data.cellTexts[year === undefined ? state.year : year][m.at][zone];
  const textOf = (m, zone, year) => { const c = cell(m, zone, year); return c ? pick(c) : ""; };
  /* always by the first way of writing, so that language and unit move nothing */
  const numberOf = (m, zone, year) => { const c = cell(m, zone, year); const n = c ? Number(c[0].replace(/,/g, "")) : NaN; return c && c[0] !== "" ? n : NaN; };
  const partial = (m, zone, year) => data.partialCells[year === undefined ? state.year : year][m.at].includes(zone);
  const withUnit = (m, zone) => `${textOf(m, zone) || say("none")} ${unitOf(m)}`.trim();
  const tell = (text) => { $("said").textContent = text; };

  /* controls --------------------------------------------------------------------------------------------------------- */
  function button(text, act, pressed) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
    made.addEventListener("click", act);
    return made;
  }
  function options(select, pairs, chosen) {
    select.replaceChildren(...pairs.map(([value, text]) => { const o = document.createElement("option"); o.value = value; o.textContent = text; return o; }));
    select.value = chosen;
  }
  function controls() {
    const years = data.yearList.map((year, i) => button(String(year), () => { state.year = i; show(); }, i === state.year));
    keepFocus($("years"), years);
    const langs = [["zh", "中文"], ["en", "English"]].map(([id, text]) => { const b = button(text, () => { state.lang = id; show(); }, id === state.lang); b.lang = id; return b; });
    keepFocus($("langs"), langs);
    options($("zone"), zones.map(([, name], i) => [String(i), i ? name : `${data.wholeWords[L()]}${data.studyName ? ` · ${data.studyName}` : ""}`]), String(state.zone));
    const money = data.measureList.find((m) => m.measureUnits.length > 2);
    $("unit-choice").hidden = !money;
    if (money) options($("unit"), [["0", money.measureUnits[L()]], ["1", money.measureUnits[L() + 2]]], String(state.large));
    if ($("mapped")) options($("mapped"), data.mappedIds.map((id) => [id, titleOf(measures.get(id))]), state.mapped);
  }
  function keepFocus(box, made) {
    const at = [...box.children].indexOf(document.activeElement);
    box.replaceChildren(...made);
    if (at >= 0) made[at].focus();
  }

  /* the tables that stand there -------------------------------------------------------------------------------------- */
  function fill(td, m, zone, year) {
    td.textContent = textOf(m, zone, year);
    if (partial(m, zone, year)) { const mark = document.createElement("sup"); mark.textContent = "†"; td.append(mark); }
  }
  function words() {
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    for (const e of all("[data-zh]")) {
      const text = e.dataset[state.lang];
      if (e.hasAttribute("data-label")) { e.setAttribute("aria-label", text); continue; }
      const inner = e.querySelector(":scope > button");
      (inner || e).textContent = text;
    }
    document.title = document.querySelector("h1").textContent;
    for (const e of all("[data-composed]")) e.textContent = say("composition", {name: nameOf(state.zone)});
    const money = data.measureList.find((m) => m.measureUnits.length > 2);
    for (const e of all("h2[data-composed]")) if (money) e.textContent += state.lang === "zh" ? `（${unitOf(money)}）` : ` (${unitOf(money)})`;
    for (const e of all("[data-unit]")) e.textContent = unitOf(measures.get(e.dataset.unit));
  }
  function tables() {
    for (const part of all("[data-year]")) {
      const year = data.yearList.indexOf(Number(part.dataset.year));
      part.hidden = year !== state.year;
      for (const td of all("td[data-measure]", part)) {
        const row = td.closest("tr");
        fill(td, measures.get(td.dataset.measure), row.dataset.zone === undefined ? state.zone : rowOf.get(row.dataset.zone), year);
      }
    }
    for (const row of all("tr[data-zone]")) {
      const chosen = state.zone > 0 && rowOf.get(row.dataset.zone) === state.zone;
      row.classList.toggle("chosen", chosen);
      const b = row.querySelector("th button");
      if (b) b.setAttribute("aria-pressed", String(chosen));
    }
  }
  /* names and heads become buttons; without scripts they are plain words */
  function enhance() {
    for (const row of all("table.townships tbody tr")) {
      const th = row.querySelector("th"), zone = rowOf.get(row.dataset.zone), name = th.textContent;
      th.replaceChildren(button(name, () => choose(state.zone === zone ? 0 : zone), false));
    }
    for (const th of all("table.townships thead th")) {
      const label = th.querySelector(".name") || th, b = button(label.textContent, () => sort(th.dataset.measure));
      label.replaceChildren(b);
      th.setAttribute("aria-sort", "none");
    }
    for (const box of all(".scroll")) { box.tabIndex = 0; box.setAttribute("role", "region"); box.setAttribute("aria-label", (box.querySelector("caption") || box).textContent.trim().replace(/\s+/g, " ").slice(0, 80)); }
  }
  const order = {by: null, down: true};
  function sort(by) {
    order.down = order.by === by ? !order.down : by !== "";
    order.by = by;
    sorted();
    const m = measures.get(by);
    tell(say("sorted", {what: m ? titleOf(m) : data.placeWords[L()], way: say(order.down ? "down" : "up")}));
  }
  function sorted() {
    const collator = new Intl.Collator("zh-CN"), sign = order.down ? -1 : 1;
    for (const table of all("table.townships")) {
      const year = data.yearList.indexOf(Number(table.closest("[data-year]").dataset.year));
      for (const th of all("thead th", table)) th.setAttribute("aria-sort", th.dataset.measure === order.by ? (order.down ? "descending" : "ascending") : "none");
      if (order.by === null) continue;
      const m = measures.get(order.by), body = table.tBodies[0], at = (row) => rowOf.get(row.dataset.zone);
      const compare = (a, b) => {
        if (!m) return sign * (collator.compare(zones[at(a)][1], zones[at(b)][1]) || at(a) - at(b));
        const x = numberOf(m, at(a), year), y = numberOf(m, at(b), year);
        if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y) || at(a) - at(b); // what has no number stands last
        return sign * (x - y) || at(a) - at(b);
      };
      body.append(...[...body.rows].sort(compare));
    }
  }

  /* charts -------------------------------------------------------------------------------------------------------------- */
  const charts = new Map();
  function chart(id, height) {
    const box = $(id);
    if (height) box.style.height = `${height}px`;
    if (!charts.has(id)) charts.set(id, echarts.init(box, null, {renderer: "svg"}));
    const made = charts.get(id);
    made.resize();
    return made;
  }
  const FONT = getComputedStyle(document.documentElement).fontFamily;
  const base = () => ({animation: !calm, animationDuration: 250, animationDurationUpdate: 250, textStyle: {fontFamily: FONT, color: INK},
                       tooltip: {renderMode: "richText", confine: true, transitionDuration: 0, textStyle: {fontFamily: FONT, fontSize: 13, color: INK}}});

  /* Classes of about equal counts; equal numbers are never parted. [{low, high, n}] as indexes of the sorted numbers. */
  function classed(values) {
    const known = values.filter((v) => !isNaN(v)).sort((a, b) => a - b);
    const want = Math.min(5, Math.max(1, Math.floor(known.length / 2)), new Set(known).size || 1);
    const out = [];
    let from = 0;
    for (let i = 1; i <= want && from < known.length; i++) {
      let to = i === want ? known.length : Math.max(from + 1, Math.round((known.length * i) / want));
      while (to < known.length && known[to] === known[to - 1]) to++;
      out.push({low: known[from], high: known[to - 1], n: to - from});
      from = to;
    }
    return out;
  }
  function map() {
    if (!$("map")) return;
    const m = measures.get(state.mapped), values = zones.map((_, i) => (i ? numberOf(m, i) : NaN));
    const classes = classed(values), colours = CLASSES[Math.max(1, classes.length)];
    const colour = (v) => (isNaN(v) ? NONE : colours[classes.findIndex((c) => v <= c.high)]);
    const width = $("map").clientWidth, [aspect, shape] = sized();
    const drawn = chart("map", Math.round(Math.max(230, Math.min(width / shape, width < 500 ? 420 : 520)) + 16));
    drawn.setOption({...base(),
      tooltip: {...base().tooltip, trigger: "item", formatter: (p) => `${zones[rowOf.get(p.name)][1]}\n${titleOf(m)}\n${withUnit(m, rowOf.get(p.name))}`},
      series: [{type: "map", map: "townships", aspectScale: aspect, selectedMode: "single", top: 8, bottom: 8, left: 8, right: 8,
        label: {show: true, fontSize: width < 500 ? 10 : 12, color: INK, textBorderColor: "#fff", textBorderWidth: 2.5, formatter: (p) => zones[rowOf.get(p.name)][1]},
        labelLayout: {hideOverlap: true},
        itemStyle: {borderColor: "#fff", borderWidth: 1},
        emphasis: {label: {color: INK}, itemStyle: {areaColor: null, borderColor: INK, borderWidth: 2}},
        select: {label: {color: INK, fontWeight: "bold"}, itemStyle: {areaColor: null, borderColor: CHOSEN, borderWidth: 3}},
        data: data.outlineList.map(({id}) => { const i = rowOf.get(id), fill = colour(values[i]); return {name: id, value: isNaN(values[i]) ? undefined : values[i], selected: i === state.zone,
          itemStyle: {areaColor: fill}, emphasis: {itemStyle: {areaColor: fill}}, select: {itemStyle: {areaColor: fill}}}; }),
      }]}, true);
    $("map").setAttribute("aria-label", say("map", {what: titleOf(m), year: data.yearList[state.year], unit: unitOf(m), place: data.placeWords[L()]}));
    const what = `${titleOf(m)}, ${data.yearList[state.year]}`;
    $("map-title").textContent = state.lang === "zh" ? `${data.placeWords[0]}分布：${what.replace(", ", "，")}` : `By ${data.placeWords[1].toLowerCase()}: ${what}`;
    const at = (v) => textOf(m, values.indexOf(v));
    const rows = classes.map((c, k) => [colours[k], `${at(c.low)}${c.low === c.high ? "" : ` – ${at(c.high)}`}（${c.n}）`]);
    const none = values.slice(1).filter(isNaN).length;
    if (none) rows.push([NONE, `${say("none")}（${none}）`]);
    $("legend").replaceChildren(...rows.map(([c, text]) => { const li = document.createElement("li"), i = document.createElement("i"); i.style.background = c; li.append(i, state.lang === "zh" ? text : text.replace("（", " (").replace("）", ")")); return li; }));
    const unit = document.createElement("li");
    unit.textContent = unitOf(m);
    if (unitOf(m)) $("legend").prepend(unit);
  }
  /* [width of a degree of longitude by latitude, width of the map by its height] */
  let box = null;
  function sized() {
    if (!box) {
      box = [Infinity, Infinity, -Infinity, -Infinity];
      const walk = (part) => { if (typeof part[0] === "number") { box = [Math.min(box[0], part[0]), Math.min(box[1], part[1]), Math.max(box[2], part[0]), Math.max(box[3], part[1])]; } else part.forEach(walk); };
      data.outlineList.forEach((f) => walk(f.geometry.coordinates));
    }
    const aspect = Math.cos((((box[1] + box[3]) / 2) * Math.PI) / 180) || 1;
    return [aspect, Math.max(0.4, ((box[2] - box[0]) * aspect) / (box[3] - box[1] || 1))];
  }

  const services = () => data.measureList.filter((m) => m.measureKind === "service").map((m) => measures.get(m.measureId));
  const accounts = () => data.measureList.filter((m) => m.measureKind === "account").map((m) => measures.get(m.measureId));
  const accountColour = (m) => ACCOUNTS[m.measureKind === "account" ? m.measureId : m.partOf] || SERVICE;
  /* an account whose services are not told stands for itself */
  const leaves = () => {
    const parts = services(), held = accounts(), told = new Set(held.map((a) => a.measureId));
    const under = held.flatMap((a) => { const own = parts.filter((m) => m.partOf === a.measureId); return own.length ? own : [a]; });
    return [...under, ...parts.filter((m) => !told.has(m.partOf))];
  };

  function bars() {
    if (!$("bars")) return;
    const list = leaves(), zone = state.zone, width = $("bars").clientWidth;
    const money = list[0] || measures.get("total");
    const drawn = chart("bars", Math.max(160, 24 + list.length * (innerWidth > 900 ? 42 : 32)));
    drawn.setOption({...base(),
      tooltip: {...base().tooltip, trigger: "item", formatter: (p) => `${nameOf(zone)}\n${titleOf(list[p.dataIndex])}\n${withUnit(list[p.dataIndex], zone)}`},
      grid: {left: 4, right: width < 340 ? 74 : 92, top: 8, bottom: 8, containLabel: true},
      xAxis: {type: "value", max: (v) => Math.max(0, v.max), axisLabel: {show: false}, splitLine: {show: false}},
      yAxis: {type: "category", inverse: true, data: list.map((m) => m.measureId), axisTick: {show: false}, axisLabel: {color: INK, fontSize: 12, interval: 0, width: width < 420 ? 104 : 150, overflow: "break", formatter: (id) => titleOf(measures.get(id))}},
      series: [{type: "bar", barMaxWidth: 22, cursor: "default", data: list.map((m) => { const v = numberOf(m, zone); return {value: isNaN(v) ? 0 : v, itemStyle: {color: accountColour(m)}, label: {position: "right", formatter: textOf(m, zone) || say("none")}}; }),
        label: {show: true, color: INK, fontSize: 12}}]}, true);
    $("bars").setAttribute("aria-label", say("bars", {name: nameOf(zone), year: data.yearList[state.year], unit: money ? unitOf(money) : ""}));
  }

  function flow() {
    if (!$("flow")) return;
    const zone = state.zone, total = measures.get("total"), width = $("flow").clientWidth, drawnOf = (m) => numberOf(m, zone) > 0;
    const tops = accounts().filter(drawnOf), ends = services().filter(drawnOf), left = leaves().filter((m) => !drawnOf(m));
    const height = innerWidth > 900 ? 540 : Math.max(300, Math.min(560, 60 + 26 * Math.max(ends.length, tops.length)));
    // labels need their height each: what does not fit is drawn together, the smallest first, account by account
    const room = Math.floor((height - 40) / (LABEL + GAP + 4)), small = new Map();
    const bySize = [...ends].sort((a, b) => numberOf(a, zone) - numberOf(b, zone));
    const whole = ends.reduce((sum, m) => sum + numberOf(m, zone), 0);
    for (const m of bySize) {
      const tiny = numberOf(m, zone) < whole * 0.001, crowded = ends.length - [...small.values()].flat().length + small.size > room;
      if (tiny || crowded) small.set(m.partOf, [...(small.get(m.partOf) || []), m]);
    }
    for (const [of, list] of small) if (list.length < 2) small.delete(of);
    const hidden = new Set([...small.values()].flat());
    const nodes = [], links = [], add = (id, text, tip, color, depth) => nodes.push({name: id, text, tip, depth, itemStyle: {color}});
    const long = width >= 520, wide = (text) => [...text].reduce((sum, c) => sum + (c > "\u2e7f" ? LABEL : LABEL * 0.56), 0);
    const put = (m, depth) => add(m.measureId, long ? `${titleOf(m)}${depth ? " " : "\n"}${textOf(m, zone)}` : titleOf(m), `${titleOf(m)}\n${withUnit(m, zone)}`, depth === 0 ? TOTAL : accountColour(m), depth);
    const rooted = total && drawnOf(total);
    if (rooted) put(total, 0);
    for (const a of tops) { put(a, 1); if (rooted) links.push({source: "total", target: a.measureId, value: numberOf(a, zone)}); }
    const known = new Set(nodes.map((n) => n.name));
    for (const m of ends) {
      if (!known.has(m.partOf) || hidden.has(m)) continue;
      put(m, 2);
      links.push({source: m.partOf, target: m.measureId, value: numberOf(m, zone)});
    }
    for (const [of, list] of small) {
      if (!known.has(of)) continue;
      const id = `small ${of}`;
      add(id, say("other", {n: list.length}), list.map((m) => `${titleOf(m)} ${textOf(m, zone)}`).join("\n"), "#7b8a84", 2);
      links.push({source: of, target: id, value: list.reduce((sum, m) => sum + numberOf(m, zone), 0)});
    }
    const byName = new Map(nodes.map((n) => [n.name, n]));
    const drawn = chart("flow", height);
    const right = Math.round(Math.min(width * 0.42, 16 + Math.max(...nodes.filter((n) => n.depth === 2).map((n) => wide(n.text)), 60)));
    const between = Math.round((width - right) / 2 - 26);
    for (const n of nodes) n.label = {position: "right", width: n.depth === 2 ? right - 8 : between, overflow: n.depth || long ? "truncate" : "break"};
    drawn.setOption({...base(),
      title: links.length ? undefined : {text: say("nothing"), textStyle: {fontSize: 13, fontWeight: "normal", color: INK}},
      tooltip: {...base().tooltip, trigger: "item", formatter: (p) => (p.dataType === "node" ? byName.get(p.name).tip : byName.get(p.data.target).tip)},
      series: links.length ? [{type: "sankey", animation: false, left: 4, right, top: 12, bottom: 12, nodeGap: LABEL + GAP, nodeWidth: 16, draggable: false, data: nodes, links, nodeAlign: "left", layoutIterations: 64,
        emphasis: {focus: "adjacency"}, lineStyle: {color: "target", opacity: 0.35, curveness: 0.5},
        label: {color: INK, fontSize: LABEL, lineHeight: LABEL + 5, fontFamily: FONT, textBorderColor: "#fff", textBorderWidth: 2, formatter: (p) => byName.get(p.name).text}}] : []}, true);
    $("flow").setAttribute("aria-label", say("flow", {name: nameOf(zone), year: data.yearList[state.year], unit: total ? unitOf(total) : ""}));
    const names = (list) => list.map(titleOf).join(state.lang === "zh" ? "、" : ", ");
    $("flow-note").textContent = [hidden.size ? say("merged", {names: names([...hidden])}) : "", left.length ? say("notDrawn", {names: names(left)}) : ""].join(" ").trim();
  }

  /* township: click, list, table, link --------------------------------------------------------------------------------- */
  const hashOf = (zone) => { if (!zone) return ""; const [id, name] = zones[zone]; return encodeURIComponent(zones.filter(([, n]) => n === name).length > 1 ? id : name); };
  function choose(zone) {
    state.zone = zone;
    const hash = hashOf(zone);
    try { history.replaceState(null, "", hash ? `#${hash}` : location.href.split("#")[0]); } catch (e) { location.hash = hash; }
    show();
    for (const row of all("tr.chosen")) {
      const box = row.closest(".tall"); // bring it into the box of the table; the page itself stays where it is
      if (box && row.offsetParent) { const a = row.getBoundingClientRect(), b = box.getBoundingClientRect(), head = box.querySelector("thead").offsetHeight;
        if (a.top < b.top + head || a.bottom > b.bottom) box.scrollTop += a.top - b.top - head - (b.height - head) / 2; }
    }
    const total = measures.get("total");
    tell(say("chosen", {name: nameOf(zone)}) + (total ? ` ${titleOf(total)} ${withUnit(total, zone)}` : ""));
  }
  function fromLink() {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch (e) { /* as it is */ }
    const zone = zones.findIndex(([id, said], i) => i && name && (said === name || id === name));
    if (zone > 0) { state.zone = zone; return true; }
    return false;
  }

  /* download ------------------------------------------------------------------------------------------------------------- */
  /* A name that a spreadsheet would run gets an apostrophe; marks of full width and blanks before it count too. */
  const plain = (text) => (/^[=+\-@\t\r\n]/.test(text.normalize("NFKC").trim()) || /^[\t\r\n]/.test(text) ? `'${text}` : text);
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  function csv() {
    const list = data.measureList.map((m) => measures.get(m.measureId));
    const head = [say("zone"), data.placeWords[L()], say("year"), ...list.map((m) => `${titleOf(m)}${unitOf(m) ? ` (${unitOf(m)})` : ""}`)].map(plain);
    const rows = data.yearList.flatMap((year, y) => [...zones.keys()].slice(1).concat(0).map((zone) =>
      [plain(zones[zone][0]), plain(zone ? zones[zone][1] : data.wholeWords[L()]), String(year), ...list.map((m) => textOf(m, zone, y).replace(/,/g, ""))]));
    return [head, ...rows].map((row) => row.map(quoted).join(",")).join("\r\n") + "\r\n";
  }
  function download() {
    const link = document.createElement("a"), url = URL.createObjectURL(new Blob(["\ufeff", csv()], {type: "text/csv;charset=utf-8"}));
    link.href = url;
    link.download = `townships_${data.yearList.join("_")}_${state.lang}.csv`;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  /* start ---------------------------------------------------------------------------------------------------------------- */
  function draw() { map(); bars(); flow(); }
  function show() { controls(); words(); tables(); sorted(); draw(); }

  document.documentElement.classList.add("scripted");
  if ($("map")) {
    echarts.registerMap("townships", {type: "FeatureCollection", features: data.outlineList.map((f) => ({type: "Feature", properties: {name: f.id}, geometry: f.geometry}))});
  }
  // long tables fold once there are charts
  all("details[open]").forEach((d) => { d.open = innerWidth > 900 && all("tr", d).length / data.yearList.length < 10; });
  enhance();
  fromLink();
  show();
  if ($("map")) charts.get("map").on("click", (p) => { const zone = rowOf.get(p.name); choose(zone === state.zone ? 0 : zone); });
  $("zone").addEventListener("change", (e) => choose(Number(e.target.value)));
  $("unit").addEventListener("change", (e) => { state.large = Number(e.target.value); show(); });
  if ($("mapped")) $("mapped").addEventListener("change", (e) => { state.mapped = e.target.value; map(); });
  $("download").addEventListener("click", download);
  $("print").addEventListener("click", () => window.print());
  addEventListener("keydown", (e) => { if (e.key === "Escape" && state.zone) choose(0); });
  addEventListener("hashchange", () => { if (fromLink() || !location.hash) { if (!location.hash) state.zone = 0; show(); } });
  let waiting = 0, width = innerWidth;
  addEventListener("resize", () => { if (innerWidth === width) return; width = innerWidth; clearTimeout(waiting); waiting = setTimeout(draw, 80); });
  // on paper everything stands open; afterwards as it was
  let closed = [];
  addEventListener("beforeprint", () => { closed = all("details:not([open])"); closed.forEach((d) => { d.open = true; });
    // the drawings take the width of the paper
    for (const svg of all(".chart svg")) svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`); });
  addEventListener("afterprint", () => { closed.forEach((d) => { d.open = false; }); closed = []; });
})();
