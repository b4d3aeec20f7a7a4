//! The one seam at which a capability plugs in.

use std::sync::Arc;

use axum::routing::MethodRouter;
use chrono::NaiveDate;
use futures::future::BoxFuture;

use crate::account::Actor;
use crate::account::leaving::Handover;
use crate::audit::DeedWords;
use crate::db::Migration;
use crate::error::Result;
use crate::intake;
use crate::job::{JobKind, Schedule};
use crate::measure::Measure;
use crate::message::Template;
use crate::numbering::Series;
use crate::page::Markup;
use crate::permission::{Access, Permission};
use crate::seal::SealedColumn;
use crate::site::Site;

/// What a capability gives the application. Adding one is a folder and one line in the binary.
#[derive(Default)]
pub struct Capability {
    /// Short name, which begins its permissions, tables and measures.
    pub name: &'static str,
    /// Its pages and commands.
    pub routes: Vec<Route>,
    /// Its entries in the desk's menu.
    pub menu: Vec<MenuItem>,
    /// Its entries in the public site's navigation.
    pub navigation: Vec<NavigationItem>,
    /// What it checks before it lets somebody do something.
    pub permissions: Vec<&'static Permission>,
    /// Its tables, step by step.
    pub migrations: Vec<Migration>,
    /// Its measures.
    pub measures: Vec<Arc<dyn Measure>>,
    /// Series of numbers it gives out.
    pub series: Vec<&'static Series>,
    /// What it puts on the public home page.
    pub home: Option<Panel>,
    /// A link in the foot of every public page, which is told what page it stood on.
    pub foot: Option<FootLink>,
    /// What it puts on somebody's list of work.
    pub work: Option<WorkSource>,
    /// Kinds of jobs it can run.
    pub jobs: Vec<JobKind>,
    /// What it does at set times.
    pub schedules: Vec<Schedule>,
    /// Kinds of uploads that become rows of its own.
    pub intakes: Vec<&'static intake::Kind>,
    /// Its templates of messages.
    pub templates: Vec<&'static Template>,
    /// Its columns of ciphertexts.
    pub sealed: Vec<SealedColumn>,
    /// What its deeds are called in the audit record.
    pub deeds: Vec<DeedWords>,
    /// Open work that passes from one account to another when somebody leaves.
    pub handover: Vec<Box<dyn Handover>>,
    /// What runs beside the requests for as long as the program serves.
    pub background: Vec<Background>,
    /// What is done when the program is told to stop, while it still answers: it ends by itself, soon.
    pub at_end: Vec<Background>,
    /// Statements that end what a node held when a backup was taken, run by its restore: that node is of the database that
    /// was lost.
    pub leases: Vec<&'static str>,
}

/// Renders a capability's part of the public home page; nothing when it has nothing to show.
pub type Panel = Box<dyn for<'a> Fn(&'a Site) -> BoxFuture<'a, Result<Option<Markup>>> + Send + Sync>;

/// Lists what somebody has to do.
pub type WorkSource = Box<dyn for<'a> Fn(&'a Site, &'a Actor) -> BoxFuture<'a, Result<Vec<WorkItem>>> + Send + Sync>;

/// Starts something that runs until the program ends.
pub type Background = Box<dyn Fn(Arc<Site>) -> BoxFuture<'static, ()> + Send + Sync>;

/// One line of "my work" (我的工作).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkItem {
    /// What it is.
    pub title: String,
    /// For which unit, in which task: the small print.
    pub place: String,
    /// Where it is done.
    pub link: String,
    /// The word on the button.
    pub verb: String,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// Whether it waits for somebody else.
    pub waiting: bool,
}

/// Which of the two faces a route belongs to. They share no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// The public site.
    Public,
    /// The staff desk.
    Desk,
}

/// A path with its methods and who may call it.
pub struct Route {
    /// On which face.
    pub face: Face,
    /// The path, in axum's notation.
    pub path: &'static str,
    /// The methods, for the printed table.
    pub methods: &'static str,
    /// Who may call it.
    pub access: Access,
    /// Whether a form sent to it needs a fresh proof of who sends it: the word for what it does, such as 停用账号.
    pub proof: Option<&'static str>,
    /// What it does.
    pub handler: MethodRouter<Arc<Site>>,
}

impl Route {
    /// A public page.
    pub fn public(path: &'static str, handler: MethodRouter<Arc<Site>>) -> Route {
        Route {
            face: Face::Public,
            path,
            methods: "GET",
            access: Access::Anyone,
            proof: None,
            handler,
        }
    }

    /// A public page with a form that anybody may send.
    pub fn public_form(path: &'static str, handler: MethodRouter<Arc<Site>>) -> Route {
        Route {
            methods: "GET POST",
            ..Route::public(path, handler)
        }
    }

    /// A desk page or command.
    pub fn desk(methods: &'static str, path: &'static str, access: Access, handler: MethodRouter<Arc<Site>>) -> Route {
        Route {
            face: Face::Desk,
            path,
            methods,
            access,
            proof: None,
            handler,
        }
    }

    /// The same, for an act so dangerous that whoever sends the form must have proved lately who they are. `act` is the word
    /// for it, shown while the form waits.
    pub fn proved(self, act: &'static str) -> Route {
        Route {
            proof: Some(act),
            ..self
        }
    }
}

/// An entry of the desk's menu, shown to those who may follow it.
#[derive(Debug, Clone, Copy)]
pub struct MenuItem {
    /// Heading it stands under.
    pub section: &'static str,
    /// Its words.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Name by which a page says where it belongs.
    pub id: &'static str,
    /// Who may follow it.
    pub access: Access,
}

/// A link in the foot of every public page. The page's own path is added to its address as `page`.
#[derive(Debug, Clone, Copy)]
pub struct FootLink {
    /// Its words.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
}

/// An entry of the public navigation.
#[derive(Debug, Clone, Copy)]
pub struct NavigationItem {
    /// Its words.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Name by which a page says where it belongs.
    pub id: &'static str,
}
