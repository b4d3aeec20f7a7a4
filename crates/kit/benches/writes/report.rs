//! Figures, to be kept and to be read.

use serde_json::{Value, json};

/// The figures of one subject.
pub struct Figures {
    database: &'static str,
    subject: &'static str,
    clients: usize,
    each: Vec<f64>,
    peer: Option<f64>,
}

impl Figures {
    /// None yet.
    pub fn new(database: &'static str, subject: &'static str, clients: usize) -> Figures {
        Figures {
            database,
            subject,
            clients,
            each: Vec::new(),
            peer: None,
        }
    }

    /// One turn's figure.
    pub fn add(&mut self, per_second: f64) {
        self.each.push(per_second);
        self.each.sort_by(f64::total_cmp);
    }

    /// The figure it is to be seen beside.
    pub fn beside(&mut self, peer: f64) {
        self.peer = Some(peer);
    }

    /// The middle one.
    pub fn median(&self) -> f64 {
        self.each[self.each.len() / 2]
    }

    fn ratio(&self) -> String {
        self.peer
            .map_or_else(|| "–".into(), |peer| format!("{:.2}", self.median() / peer))
    }

    fn row(&self) -> String {
        let (least, most) = (self.each[0], self.each[self.each.len() - 1]);
        format!(
            "| {} | {} | {} | {least:.0} | {:.0} | {most:.0} | {} |",
            self.database,
            self.subject,
            self.clients,
            self.median(),
            self.ratio()
        )
    }

    fn json(&self) -> Value {
        json!({
            "database": self.database, "subject": self.subject, "clients": self.clients,
            "perSecond": self.each, "median": self.median(), "ratio": self.peer.map(|peer| self.median() / peer),
        })
    }
}

/// All figures of a run.
pub struct Report {
    machine: String,
    figures: Vec<Figures>,
}

impl Report {
    /// A report that says on what machine it was made.
    pub fn of_this_machine() -> Report {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let load = read("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" ");
        let profile = if cfg!(debug_assertions) {
            "development"
        } else {
            "release"
        };
        Report {
            machine: format!(
                "{cores} cores, load {load}, Linux {}, {profile} build",
                read("/proc/sys/kernel/osrelease").trim()
            ),
            figures: Vec::new(),
        }
    }

    /// Adds figures and says them at once, because the whole takes minutes.
    pub fn add(&mut self, figures: Figures) {
        eprintln!("{}", figures.row());
        self.figures.push(figures);
    }

    /// One line.
    pub fn json(&self) -> Value {
        json!({ "machine": self.machine, "figures": self.figures.iter().map(Figures::json).collect::<Vec<_>>() })
    }

    /// A Markdown table.
    pub fn table(&self) -> String {
        let head = "| database | per second | clients or processes | least | median | most | beside by hand |\n\
                    | --- | --- | ---: | ---: | ---: | ---: | ---: |";
        let rows: Vec<String> = self.figures.iter().map(Figures::row).collect();
        format!("{}\n\n{head}\n{}", self.machine, rows.join("\n"))
    }
}
