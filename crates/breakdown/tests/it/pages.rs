//! The pages, called as a browser calls them.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode, header};
use kit::account::{Actor, issue_link, service as accounts};
use kit::permission::Role;
use kit::web::{desk_router, own_routes, public_router};
use tower::ServiceExt;

use crate::support::{Place, TABLE, on_both};

struct Browser {
    desk: Router,
    cookie: String,
    token: String,
}

async fn sign_in(place: &Place, login: &str, role: Role, unit: Option<uuid::Uuid>) -> Browser {
    let operator = Actor::program("测试");
    let account = accounts::create(&place.site, &operator, login, login, None)
        .await
        .unwrap();
    accounts::grant(&place.site, &operator, account, role, unit)
        .await
        .unwrap();
    let link = issue_link(&place.site, &operator, account).await.unwrap();
    let session = accounts::redeem_link(&place.site, &link, "一句自己记得住的话用来登录")
        .await
        .unwrap();
    let form_token = accounts::session(&place.site, &session)
        .await
        .unwrap()
        .unwrap()
        .form_token;
    let mut routes = own_routes();
    routes.extend(breakdown::capability(place.reader.clone()).routes);
    let desk = desk_router(&place.site, routes);
    Browser {
        desk,
        cookie: format!("__Host-gongkai={session}"),
        token: form_token,
    }
}

impl Browser {
    async fn get(&self, path: &str) -> (StatusCode, String) {
        let request = Request::get(path)
            .header(header::COOKIE, &self.cookie)
            .body(Body::empty())
            .unwrap();
        self.send(request).await
    }

    async fn post(&self, path: &str, kind: &str, body: Vec<u8>) -> (StatusCode, String) {
        let request = Request::post(path)
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, kind);
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, String) {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("token", &self.token).extend_pairs(fields);
        self.post(path, "application/x-www-form-urlencoded", body.finish().into_bytes())
            .await
    }

    async fn upload(&self, path: &str, fields: &[(&str, &str)], file: (&str, &str, &str)) -> (StatusCode, String) {
        let mut body = String::new();
        for (name, value) in [("token", self.token.as_str())].iter().chain(fields) {
            body.push_str(&format!(
                "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        let (field, name, text) = file;
        body.push_str(&format!(
            "--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\r\n{text}\r\n--edge--\r\n"
        ));
        self.post(path, "multipart/form-data; boundary=edge", body.into_bytes())
            .await
    }

    /// Status, and the place it leads to or the page.
    async fn send(&self, request: Request<Body>) -> (StatusCode, String) {
        let answer = self.desk.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        if let Some(to) = answer.headers().get(header::LOCATION) {
            return (status, to.to_str().unwrap().to_string());
        }
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }
}

on_both!(from_upload_to_the_public_page, journey);

async fn journey(place: &Place) {
    let office = sign_in(place, "zhuguan", Role::Coordinator, None).await;
    assert!(office.get("/board").await.1.contains("还没有生效的任务分解表"));
    let (status, page) = office
        .upload("/breakdowns", &[], ("table", "说明.txt", "没有表格"))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("没有表格") && page.contains("说明.txt"));
    let (status, preview) = office.upload("/breakdowns", &[], ("table", "分解表.txt", TABLE)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{preview}");
    let (_, page) = office.get(&preview).await;
    assert!(page.contains("“区大数据中心”是哪个单位？") && page.contains("没有句末标点"));
    assert!(
        office
            .get(&format!("{preview}?edit=1"))
            .await
            .1
            .contains("改正第1项“工作要求”")
    );

    let (status, page) = office.submit(&preview, &[("do", "apply"), ("year", "2021")]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("还不能生效"));
    let zfb = place.unit("区政府办").to_string();
    let answers = [
        ("do", "apply"),
        ("year", "2021"),
        ("office", zfb.as_str()),
        ("unit:区大数据中心", zfb.as_str()),
        ("cell-6-requirement", "对重要政策及时解读。"),
    ];
    assert_eq!(
        office.submit(&preview, &answers).await,
        (StatusCode::SEE_OTHER, "/board".into())
    );

    place.set_day("2021-06-20");
    // A session lasts a day; six weeks later everybody signs in again.
    let office = sign_in(place, "zhuguan-2", Role::Coordinator, None).await;
    let clerk = sign_in(place, "cnz-jingban", Role::Drafter, Some(place.unit("城南镇"))).await;
    let pages = [
        "/board",
        "/board/charts",
        "/duties",
        "/claims",
        "/claims/2021-1",
        "/evidence",
        "/tasks/2021-6",
        "/board.csv",
    ];
    for path in pages {
        let (status, page) = clerk.get(path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {page}");
        assert!(
            !page.contains("style=") && !page.contains("<style"),
            "{path} has inline style"
        );
    }
    assert!(office.get("/tasks/2021-6").await.1.contains("对重要政策及时解读。"));
    assert_eq!(clerk.get("/breakdowns").await.0, StatusCode::FORBIDDEN);
    assert_eq!(clerk.get("/tasks/2021-99").await.0, StatusCode::NOT_FOUND);
    assert_eq!(clerk.get("/tasks/nonsense").await.0, StatusCode::NOT_FOUND);

    let town = place.unit("城南镇").to_string();
    let link = format!("/tasks/2021-2/evidence?unit={town}&part=responsible&date=2021-06-30");
    assert!(clerk.get(&link).await.1.contains("提交验收"));
    let fields = [
        ("unit", town.as_str()),
        ("part", "responsible"),
        ("date", "2021-06-30"),
        ("title", "指南更新"),
        ("what", "更新十二项"),
        ("day", "2021-06-18"),
    ];
    let (status, record) = clerk
        .upload("/tasks/2021-2/evidence", &fields, ("files", "说明.txt", "更新十二项"))
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{record}");
    assert!(clerk.get(&record).await.1.contains("须由另一人验收"));
    assert_eq!(clerk.get(&format!("{record}/files/0")).await.1, "更新十二项");
    let other = sign_in(place, "jyj-jingban", Role::Drafter, Some(place.unit("区教育局"))).await;
    assert_eq!(
        other.get(&record).await.0,
        StatusCode::FORBIDDEN,
        "evidence is not for every unit"
    );
    assert_eq!(
        office.submit(&record, &[("decision", "accept")]).await.0,
        StatusCode::SEE_OTHER
    );

    // An assignment page of each kind of reader.
    let task = place.task(2).await;
    let own = task
        .assignments
        .iter()
        .find(|owed| owed.unit == place.unit("城南镇"))
        .unwrap()
        .id;
    assert!(clerk.get(&format!("/assignments/{own}")).await.1.contains("责任科室"));
    let (status, _) = clerk
        .submit(&format!("/assignments/{own}"), &[("section", "党政办")])
        .await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(office.get(&format!("/assignments/{own}")).await.1.contains("党政办"));
    public_page(place, 8).await;
}

/// The second quarter is public from the fifth working day of July on.
async fn public_page(place: &Place, task_two_units: usize) {
    let mut routes = own_routes();
    routes.extend(breakdown::capability(place.reader.clone()).routes);
    let public: Arc<Router> = Arc::new(public_router(&place.site, routes));
    let get = |path: &'static str| {
        let public = public.clone();
        async move {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let answer = public.as_ref().clone().oneshot(request).await.unwrap();
            let status = answer.status();
            let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            (status, String::from_utf8_lossy(&bytes).into_owned())
        }
    };
    place.set_day("2021-07-06");
    // The first quarter had ended before the table was in force.
    assert!(get("/tasks").await.1.contains("还没有公布的季度数据"));
    place.set_day("2021-07-07");
    let (status, page) = get("/tasks").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("2021年第二季度") && page.contains(&format!("1/{task_two_units}")));
    let late = format!(",{task_two_units},1,0,{}", task_two_units - 1);
    assert!(
        get("/tasks.csv").await.1.contains(&late),
        "what was due on the quarter's last day is late at its close"
    );
    let capability = breakdown::capability(place.reader.clone());
    let panel = capability.home.unwrap()(&place.site).await.unwrap().unwrap();
    assert!(panel.as_str().contains("2021年第二季度"));
}
