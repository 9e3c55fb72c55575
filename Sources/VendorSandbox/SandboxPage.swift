/// The page that shows the incidents: one file, nothing from elsewhere, refreshed each second.
enum SandboxPage {
    /// The page, which may run its own script and fetch from its own address, and nothing else.
    static let response = SandboxResponse(
        status: 200,
        headers: [
            .init("Content-Type", "text/html; charset=utf-8"), .init("Cache-Control", "no-store"),
            .init("X-Content-Type-Options", "nosniff"), .init("Referrer-Policy", "no-referrer"),
            .init(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                    + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        ],
        body: Array(html.utf8))

    private static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Vendor sandbox</title>
        <style>\(style)</style>
        </head>
        <body>
        <header>
        <h1>Vendor sandbox</h1>
        <p>What the vendors would show. Nothing here pages anybody.</p>
        <button id="pause" type="button" aria-pressed="false">Pause</button>
        </header>
        <main>
        <dl class="totals">
        <div><dt>Open</dt><dd id="open">–</dd></div>
        <div><dt>People paged</dt><dd id="pages">–</dd></div>
        <div><dt>Incidents</dt><dd id="count">–</dd></div>
        </dl>
        <p id="state" role="status">Loading…</p>
        <section aria-labelledby="incidents-title">
        <h2 id="incidents-title">Incidents</h2>
        <div class="scroll" role="region" aria-labelledby="incidents-title" tabindex="0">
        <table>
        <thead><tr><th scope="col">Status</th><th scope="col">Summary</th><th scope="col">Severity</th>\
        <th scope="col">Vendor</th><th scope="col">Opened</th><th scope="col">Lasted</th>\
        <th scope="col">Requests</th><th scope="col">Paged</th></tr></thead>
        <tbody id="incidents"></tbody>
        </table>
        </div>
        </section>
        <section aria-labelledby="log-title">
        <h2 id="log-title">What happened</h2>
        <ol id="log"></ol>
        </section>
        </main>
        <noscript><p>This needs JavaScript; <a href="incidents">/incidents</a> has the same as JSON.</p></noscript>
        <script>\(script)</script>
        </body>
        </html>
        """

    private static let style = """
        :root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --text: #1b1f24; --soft: #57606a;
          --line: #d8dee4; --red: #b3261e; --amber: #8a5300; --green: #1a6b38; --focus: #0b5cd5; }
        @media (prefers-color-scheme: dark) {
          :root { --ground: #0f1216; --card: #181c22; --text: #e8eaed; --soft: #a2abb5; --line: #2d343d;
            --red: #ff8a80; --amber: #ffc46b; --green: #7fdc9c; --focus: #7db4ff; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--ground);
          color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
        header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; }
        h1 { font-size: 1.5rem; margin: 0; }
        header p { margin: 0; color: var(--soft); flex: 1; }
        h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
        button { font: inherit; min-width: 6rem; padding: .35rem .9rem; border: 1px solid var(--soft);
          border-radius: .5rem; background: var(--card); color: inherit; cursor: pointer; }
        :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
        .totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 1rem; }
        .totals div, .scroll, #log { background: var(--card); border: 1px solid var(--line);
          border-radius: .75rem; }
        .totals div { padding: .75rem 1rem; }
        dt { color: var(--soft); font-size: .875rem; }
        dd { margin: 0; font-size: 1.75rem; font-weight: 650; font-variant-numeric: tabular-nums; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: .6rem .9rem; vertical-align: top; }
        th { color: var(--soft); font-size: .8125rem; font-weight: 600; white-space: nowrap; }
        tbody tr { border-top: 1px solid var(--line); }
        td.summary { min-width: 18rem; overflow-wrap: anywhere; }
        td small, #log small { display: block; color: var(--soft); overflow-wrap: anywhere; }
        .pill { display: inline-block; padding: .05rem .6rem; border: 1.5px solid; border-radius: 1rem;
          font-size: .8125rem; font-weight: 650; white-space: nowrap; }
        .triggered, .refused, .fault { color: var(--red); }
        .acknowledged, .throttled, .dropped { color: var(--amber); }
        .resolved, .accepted { color: var(--green); }
        #log { list-style: none; margin: 0; padding: 0; }
        #log li { padding: .5rem .9rem; border-top: 1px solid var(--line); }
        #log li:first-child { border-top: 0; }
        #state { color: var(--soft); font-size: .875rem; margin: 0; min-height: 1.5em; }
        """

    // Texts go in as `textContent` alone: whatever an event says, it stays text, and
    // what would hide or turn a line around is shown by its number.
    private static let script = """
        "use strict";
        const find = id => document.getElementById(id);
        const visible = text => String(text).replace(
          /[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]|(?![\\uFE00-\\uFE0F])\\p{Default_Ignorable_Code_Point}/gu,
          hidden => "\\\\u{" + hidden.codePointAt(0).toString(16).toUpperCase() + "}");
        const make = (tag, text, name) => {
          const element = document.createElement(tag);
          element.textContent = visible(text);
          if (name) element.className = name;
          return element;
        };
        const clock = seconds => new Date(seconds * 1000).toLocaleTimeString();
        const span = seconds => seconds < 90 ? Math.round(seconds) + " s"
          : seconds < 5400 ? Math.round(seconds / 60) + " min" : Math.round(seconds / 3600) + " h";
        let vendors = {};
        const row = incident => {
          const line = document.createElement("tr");
          const status = document.createElement("td");
          status.append(make("span", incident.status, "pill " + incident.status));
          const summary = make("td", incident.summary, "summary");
          summary.append(make("small", incident.key));
          for (const note of incident.notes) summary.append(make("small", "Note: " + note));
          const end = incident.resolvedAt ?? Date.now() / 1000;
          line.append(status, summary, make("td", incident.severity), make("td", vendors[incident.vendor]),
            make("td", clock(incident.openedAt)), make("td", span(Math.max(0, end - incident.openedAt))),
            make("td", incident.opens), make("td", incident.pages));
          return line;
        };
        const entry = happened => {
          const line = document.createElement("li");
          line.append(make("span", happened.outcome, "pill " + happened.outcome),
            make("span", " " + clock(happened.at) + " " + vendors[happened.vendor] + ": " + happened.text));
          if (happened.key) line.append(make("small", happened.key));
          return line;
        };
        let isPaused = false, shown = "", state = "";
        const say = text => { if (text !== state) find("state").textContent = state = text; };
        const refresh = async () => {
          try {
            const answer = await fetch("incidents?last=100", { cache: "no-store" });
            const text = await answer.text();
            say("Refreshed every second.");
            const isOpen = text.includes('"status":"triggered"') || text.includes('"status":"acknowledged"');
            if (text === shown && !isOpen) return;
            shown = text;
            const all = JSON.parse(text);
            vendors = all.vendors;
            find("open").textContent = all.totals.open;
            find("pages").textContent = all.totals.pages;
            find("count").textContent = all.totals.incidents;
            find("incidents").replaceChildren(...all.incidents.reverse().map(row));
            find("log").replaceChildren(...all.log.reverse().map(entry));
          } catch { say("The sandbox does not answer; trying again."); }
        };
        find("pause").addEventListener("click", event => {
          isPaused = !isPaused;
          event.target.setAttribute("aria-pressed", isPaused);
          event.target.textContent = isPaused ? "Resume" : "Pause";
          if (isPaused) say("Paused.");
        });
        setInterval(() => { if (!isPaused) refresh(); }, 1000);
        refresh();
        """
}
