//! The shells: head, navigation and foot of the public site, of the desk, and of pages before sign-in.

use askama::Template;

use super::Markup;
use crate::account::Actor;
use crate::capability::{MenuItem, NavigationItem};
use crate::error::Result;
use crate::permission::Access;
use crate::site::Site;

/// How a reader wants public pages shown; kept in a cookie, so that no script is needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Display {
    /// Large type (大字).
    pub large: bool,
    /// High contrast (高对比).
    pub high_contrast: bool,
}

/// A page of the public site.
pub struct PublicPage {
    /// Its title, without the site's name.
    pub title: String,
    /// Which entry of the navigation it belongs to.
    pub nav: &'static str,
    /// Page labels (网页标签) beside those of the site, by name and content.
    pub labels: Vec<(&'static str, String)>,
    /// Its permanent address, from the root.
    pub path: String,
    /// Words in the search field of the head.
    pub query: String,
    /// What it says.
    pub body: Markup,
}

#[derive(Template)]
#[template(path = "shell/public.html")]
struct PublicShell<'a> {
    site: &'a Site,
    page: &'a PublicPage,
    display: Display,
    navigation: Vec<NavigationItem>,
    foot: Vec<FootLine>,
    css: String,
}

struct FootLine {
    label: &'static str,
    href: String,
}

impl PublicPage {
    /// The whole page.
    ///
    /// # Errors
    /// When the template fails.
    pub fn render(&self, site: &Site, display: Display) -> Result<String> {
        let navigation = site
            .capabilities
            .iter()
            .flat_map(|c| c.navigation.iter().copied())
            .collect();
        let foot = site.capabilities.iter().filter_map(|c| c.foot);
        let page: String = form_urlencoded::byte_serialize(self.path.as_bytes()).collect();
        let foot = foot.map(|link| FootLine {
            label: link.label,
            href: format!("{}?page={page}", link.href),
        });
        let foot = foot.collect();
        let css = site.assets.address("public.css");
        Ok(Markup::of(&PublicShell {
            site,
            page: self,
            display,
            navigation,
            foot,
            css,
        })?
        .into_string())
    }
}

/// A page of the desk.
pub struct DeskPage {
    /// Its title.
    pub title: String,
    /// Which entry of the menu it belongs to.
    pub nav: &'static str,
    /// What it says.
    pub body: Markup,
}

struct MenuSection {
    name: &'static str,
    items: Vec<MenuItem>,
}

#[derive(Template)]
#[template(path = "shell/desk.html")]
struct DeskShell<'a> {
    site: &'a Site,
    page: &'a DeskPage,
    actor: &'a Actor,
    seats: String,
    token: &'a str,
    unread: u64,
    menu: Vec<MenuSection>,
    css: String,
    js: String,
}

impl DeskPage {
    /// The whole page, with the menu of what this person may follow.
    ///
    /// # Errors
    /// When the template fails.
    pub fn render(&self, site: &Site, actor: &Actor, seats: String, token: &str, unread: u64) -> Result<String> {
        let shell = DeskShell {
            site,
            page: self,
            actor,
            seats,
            token,
            unread,
            menu: menu(site, actor),
            css: site.assets.address("desk.css"),
            js: site.assets.address("desk.js"),
        };
        Ok(Markup::of(&shell)?.into_string())
    }
}

fn menu(site: &Site, actor: &Actor) -> Vec<MenuSection> {
    let items = site.capabilities.iter().flat_map(|c| c.menu.iter().copied());
    let mut sections: Vec<MenuSection> = Vec::new();
    for item in items.filter(|item| may_follow(actor, item.access)) {
        match sections.iter_mut().find(|s| s.name == item.section) {
            Some(section) => section.items.push(item),
            None => sections.push(MenuSection {
                name: item.section,
                items: vec![item],
            }),
        }
    }
    sections
}

fn may_follow(actor: &Actor, access: Access) -> bool {
    match access {
        Access::Anyone | Access::SignedIn => true,
        Access::Holder(permission) => actor.holds(permission),
    }
}

/// A page without navigation: signing in, setting a password, an error before either.
pub struct BarePage {
    /// Its title.
    pub title: String,
    /// What it says.
    pub body: Markup,
}

#[derive(Template)]
#[template(path = "shell/bare.html")]
struct BareShell<'a> {
    site: &'a Site,
    page: &'a BarePage,
    css: String,
    js: String,
}

impl BarePage {
    /// The whole page.
    ///
    /// # Errors
    /// When the template fails.
    pub fn render(&self, site: &Site) -> Result<String> {
        let (css, js) = (site.assets.address("desk.css"), site.assets.address("desk.js"));
        Ok(Markup::of(&BareShell {
            site,
            page: self,
            css,
            js,
        })?
        .into_string())
    }
}
