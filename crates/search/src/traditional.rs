//! Traditional characters as people type them, and their simplified forms.
//!
//! Only the more frequent characters with one simplified form are here; where the choice depends on the word, nothing is
//! folded. Where several characters share a simplified form, all are found under it. The pairs follow the official table
//! of simplified characters (简化字总表, 1986) and the common variants beside it.

use std::sync::LazyLock;

const FIRST: u32 = 0x4e00;
const BLOCK: usize = 0x5200;

/// Each pair is the traditional character and its simplified form.
const PAIRS: &str = "\
    亂乱 亞亚 來来 係系 俠侠 倉仓 個个 們们 側侧 偵侦 備备 傳传 債债 傷伤 傾倾 僅仅 價价 儀仪 億亿 償偿 優优 儲储 兒儿 內内 \
    兩两 冊册 凍冻 別别 則则 創创 劃划 劇剧 劉刘 勁劲 動动 務务 勝胜 勞劳 勵励 勸劝 匯汇 區区 協协 卻却 厭厌 厲厉 參参 吳吴 \
    員员 問问 啟启 喪丧 喬乔 單单 嘗尝 嚴严 國国 圍围 園园 圓圆 圖图 團团 執执 堅坚 報报 場场 塊块 塵尘 墊垫 壓压 壞坏 壯壮 \
    壽寿 夠够 奪夺 奮奋 婁娄 婦妇 孫孙 學学 宮宫 實实 寧宁 審审 寫写 寬宽 寶宝 將将 專专 尋寻 對对 導导 層层 屬属 島岛 嶺岭 \
    帥帅 師师 帳帐 帶带 幣币 幫帮 幹干 庫库 廠厂 廢废 廣广 廳厅 強强 彈弹 後后 徑径 從从 徵征 徹彻 恆恒 悅悦 惡恶 態态 慶庆 \
    憂忧 憑凭 憲宪 應应 懲惩 懷怀 懸悬 戰战 戲戏 戶户 拋抛 捨舍 掃扫 掛挂 採采 揚扬 換换 損损 搖摇 搶抢 撥拨 撫抚 擁拥 擇择 \
    擊击 擔担 據据 擬拟 擴扩 擾扰 攝摄 敗败 敵敌 數数 斷断 於于 時时 晉晋 暫暂 曉晓 書书 會会 東东 條条 業业 極极 榮荣 構构 \
    樂乐 樓楼 標标 樣样 樹树 橋桥 機机 檔档 檢检 權权 歐欧 歡欢 歲岁 歷历 殘残 殺杀 氣气 汙污 決决 沒没 況况 涼凉 淚泪 淨净 \
    減减 渦涡 測测 湯汤 準准 溝沟 溫温 滅灭 滬沪 滯滞 滿满 漁渔 漲涨 潔洁 潛潜 潤润 澤泽 濃浓 濕湿 濟济 濱滨 灘滩 灣湾 災灾 \
    為为 烏乌 無无 煙烟 煩烦 熱热 燈灯 燒烧 營营 爐炉 爭争 牆墙 狀状 獎奖 獨独 獲获 獵猎 獻献 現现 瑪玛 環环 產产 畫画 療疗 \
    癥症 發发 盜盗 盡尽 監监 礎础 礦矿 禍祸 禮礼 稅税 種种 稱称 穀谷 積积 穩稳 窮穷 竊窃 競竞 筆笔 節节 範范 築筑 簡简 簽签 \
    籌筹 籤签 粵粤 糧粮 糾纠 紀纪 約约 紅红 純纯 紙纸 級级 紛纷 細细 紹绍 終终 組组 結结 絕绝 絡络 給给 統统 絲丝 經经 綜综 \
    綠绿 維维 網网 緊紧 緒绪 線线 緣缘 編编 緩缓 練练 縣县 縮缩 總总 績绩 織织 繫系 繳缴 繼继 續续 罰罚 罷罢 羅罗 義义 習习 \
    聖圣 聯联 聰聪 聲声 職职 聽听 肅肃 脅胁 脫脱 腦脑 膠胶 臨临 臺台 與与 興兴 舉举 舊旧 艦舰 艱艰 莊庄 華华 萊莱 萬万 葉叶 \
    蓋盖 蓮莲 蔣蒋 薦荐 薩萨 藍蓝 藝艺 藥药 蘇苏 處处 虛虚 號号 虧亏 蟲虫 術术 衛卫 衝冲 裏里 補补 裝装 裡里 製制 複复 \
    襲袭 見见 規规 視视 親亲 覺觉 覽览 觀观 觸触 訂订 計计 訊讯 討讨 訓训 託托 記记 訟讼 訪访 設设 許许 訴诉 詐诈 評评 詞词 \
    詢询 試试 話话 該该 詳详 認认 語语 誠诚 誤误 說说 誰谁 課课 調调 談谈 請请 論论 諮咨 諸诸 諾诺 謀谋 謂谓 謝谢 謹谨 證证 \
    識识 譜谱 譯译 議议 護护 譽誉 讀读 變变 讓让 豐丰 負负 財财 貧贫 貨货 販贩 貪贪 貫贯 責责 貴贵 買买 費费 貼贴 貿贸 賀贺 \
    資资 賓宾 賞赏 賠赔 賢贤 賣卖 質质 賬账 購购 贈赠 贊赞 趕赶 趙赵 跡迹 踐践 車车 軍军 較较 載载 輔辅 輕轻 輛辆 輪轮 輸输 \
    轉转 辦办 辭辞 農农 迴回 這这 連连 進进 運运 過过 達达 遙遥 遞递 遠远 適适 遲迟 遷迁 選选 遺遗 還还 邊边 鄉乡 鄧邓 鄭郑 \
    鄰邻 醫医 釋释 針针 釣钓 鈔钞 銀银 鋼钢 錄录 錢钱 錯错 鍵键 鎮镇 鐘钟 鐵铁 鑑鉴 長长 門门 閉闭 開开 閑闲 間间 閱阅 闊阔 \
    關关 陣阵 陸陆 陽阳 隊队 階阶 際际 隨随 險险 隱隐 雙双 雜杂 離离 難难 雲云 電电 霧雾 靈灵 靜静 項项 順顺 須须 預预 頒颁 \
    頓顿 領领 頭头 頻频 題题 額额 顏颜 願愿 類类 顧顾 顯显 風风 飛飞 飯饭 飲饮 飾饰 養养 館馆 馬马 駐驻 駕驾 騎骑 騙骗 驅驱 \
    驗验 驚惊 體体 髮发 鬥斗 魚鱼 魯鲁 鮮鲜 鳥鸟 鹽盐 麥麦 黃黄 點点 黨党 齊齐 齡龄 龍龙";

static TABLE: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table: Vec<char> = (FIRST..).take(BLOCK).filter_map(char::from_u32).collect();
    for pair in PAIRS.split_whitespace() {
        let mut characters = pair.chars();
        if let (Some(traditional), Some(simple)) = (characters.next(), characters.next())
            && let Some(place) = place(traditional).and_then(|place| table.get_mut(place))
        {
            *place = simple;
        }
    }
    table
});

/// The simplified form of a character, or the character itself.
pub(crate) fn simplified(character: char) -> char {
    place(character)
        .and_then(|place| TABLE.get(place))
        .copied()
        .unwrap_or(character)
}

fn place(character: char) -> Option<usize> {
    usize::try_from(u32::from(character).checked_sub(FIRST)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traditional_characters_become_simplified_and_others_stay() {
        let folded: String = "臺灣居民居住證申領辦法，第12條".chars().map(simplified).collect();
        assert_eq!(folded, "台湾居民居住证申领办法，第12条");
        assert_eq!(
            "政务公开 abc".chars().map(simplified).collect::<String>(),
            "政务公开 abc"
        );
    }

    #[test]
    fn every_line_is_a_pair_and_no_form_folds_twice() {
        for pair in PAIRS.split_whitespace() {
            assert_eq!(pair.chars().count(), 2, "{pair}");
        }
        for character in (FIRST..).take(BLOCK).filter_map(char::from_u32) {
            assert_eq!(simplified(simplified(character)), simplified(character));
        }
    }
}
