//! Notices of the demonstration: two urgings and a supervision, one of each answered.

use breakdown::urgings;
use kit::notice::Kind;
use kit::notice::service as notices;

use super::DemoClock;
use super::seed::{Cast, morning};
use crate::wiring::{House, kit_error};

/// Urges three units about what is really unfinished in the demonstration.
///
/// # Errors
/// When a notice is refused.
pub async fn urge(house: &House, clock: &DemoClock, cast: &Cast) -> anyhow::Result<()> {
    let site = &house.site;
    let day = |day| chrono::NaiveDate::from_ymd_opt(2021, 11, day).unwrap_or_default();
    clock.set(morning(day(19), 60));
    let open = urgings::open_units(site).await.map_err(kit_error)?;
    let posts = open
        .iter()
        .filter_map(|unit| cast.units.values().find(|(known, ..)| known.id == *unit));
    for (place, (unit, drafter, _)) in posts.take(3).enumerate() {
        let (kind, words) = match place {
            0 => (
                Kind::Supervise,
                "示例：第三季度材料多次提醒仍未报齐，请写明原因和完成时间。",
            ),
            1 => (Kind::Urge, "示例：请在期限前补报，报送后看板自动更新。"),
            _ => (Kind::Urge, "示例：请尽快办理下列事项。"),
        };
        clock.set(morning(day(19), 60 + 5 * u32::try_from(place).unwrap_or(0)));
        let issued = urgings::urge(site, &cast.coordinator, kind, "", unit.id, words, day(24))
            .await
            .map_err(kit_error)?;
        if place < 2 {
            clock.set(morning(day(22), 15));
            let reply = "示例：材料正在汇总，本周内报送。";
            notices::answer(site, drafter, issued.id, reply)
                .await
                .map_err(kit_error)?;
        }
    }
    Ok(())
}
