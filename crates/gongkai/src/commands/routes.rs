//! `gongkai routes`: every address and who may call it, as a table for docs/routes.md.

use kit::capability::Face;

use crate::wiring::routes_only;

/// Prints the table.
///
/// # Errors
/// When the program cannot be put together.
pub fn run() -> anyhow::Result<()> {
    println!("| 面 | 网址 | 方法 | 谁可以用 |");
    println!("| --- | --- | --- | --- |");
    for (face, path, methods, access) in kit::web::table(&routes_only()?) {
        let face = match face {
            Face::Public => "公开网站",
            Face::Desk => "工作台",
        };
        println!("| {face} | `{path}` | {methods} | {access} |");
    }
    Ok(())
}
