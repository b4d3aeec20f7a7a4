// Writes documents for measuring, as JSON lines, always the same for the same number:
// node benches/generate-documents.mjs COUNT >FILE.jsonl
// Every text is made up for this purpose and says so (示例); none is or imitates a document of a real organ.

import { once } from 'node:events';

const organs = ['示例区人民政府', '示例区人民政府办公室', '示例区教育局', '示例区财政局', '示例区民政局', '示例区住房和城乡建设局', '示例区农业农村局', '示例区卫生健康局'];
const marks = ['示政发', '示政办发', '示教发', '示财发', '示民发', '示建发', '示农发', '示卫发'];
const subjects = ['综合政务\\政务公开', '综合政务\\其他', '教育', '财政、金融、审计\\财政', '民政、扶贫、救灾\\社会救助', '城乡建设、环境保护\\城乡建设', '农业、林业、水利\\农业', '卫生、体育\\卫生'];
const matters = ['老旧小区改造', '义务教育阶段学校招生', '高龄老人津贴发放', '农田水利设施维护', '社区卫生服务站建设', '小微企业用工补贴', '道路照明设施更新', '公共图书馆延时开放', '校车安全管理', '农村饮水工程养护', '残疾人辅助器具适配', '生活垃圾分类投放'];
const forms = ['通知', '实施意见', '工作方案', '管理办法', '公告', '补充通知'];
const openings = ['为做好{m}工作，结合示例区实际，现将有关事项{f}如下。', '根据工作安排，现就{m}有关事项{f}如下，请对照执行。', '为使群众办事更加方便，现对{m}的办理要求说明如下。'];
const headings = ['总体要求', '适用范围', '办理条件', '办理流程', '资金安排', '时间安排', '职责分工', '监督检查', '咨询方式', '附则'];
const sentences = [
  '各镇街应当在每季度第一个月的十日前报送{m}进展，报送内容包括数量、金额和存在的困难。',
  '符合条件的居民可以到就近的服务窗口提出申请，也可以委托他人代办，窗口应当当场出具收件凭证。',
  '{m}所需经费由区级预算安排，专款专用，年度终了后三十日内公开使用结果。',
  '经办人员应当自收到材料之日起{n}个工作日内完成核对，材料不齐的一次告知需要补充的内容。',
  '对{m}中收集的个人信息，只用于本事项的办理，办结后按照规定保存和销毁。',
  '牵头单位每月召开一次会议，协调解决{m}中跨部门的问题，会议情况在单位网站公布。',
  '本次安排覆盖{n}个社区和行政村，具体名单见附表，名单变化时另行公布。',
  '群众对办理结果有疑问的，可以拨打服务热线或者到窗口查询，承办单位应当在五个工作日内答复。',
  '{m}完成后由区级组织抽查，抽查比例不低于百分之{n}，抽查结果向社会公开。',
  '以上为测试所用的示例文字，不代表任何机关的规定。',
];
const numerals = ['一', '二', '三', '四', '五', '六', '七', '八', '九', '十'];

/** A small generator of numbers from a seed (mulberry32), so that a run can be repeated anywhere. */
function numbersFrom(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** The document with this number, from 0. */
export function documentWithNumber(number) {
  const next = numbersFrom(number + 1);
  const pick = (list) => list[next(list.length)];
  const organ = next(organs.length);
  const matter = pick(matters);
  const form = pick(forms);
  const written = new Date(Date.UTC(2015 + next(11), next(12), 1 + next(28)));
  const published = new Date(written.getTime() + (1 + next(10)) * 86_400_000);
  const fill = (text) => text.replaceAll('{m}', matter).replaceAll('{f}', form).replaceAll('{n}', String(5 + next(26)));

  const title = `${organs[organ]}关于${matter}的${form}（示例第${number + 1}号）`;
  const blocks = [['p', fill(pick(openings))]];
  const sectionCount = 3 + next(5);
  for (let section = 0; section < sectionCount; section += 1) {
    blocks.push(['h2', `${numerals[section]}、${headings[(section + next(3)) % headings.length]}`]);
    const paragraphs = 1 + next(3);
    for (let paragraph = 0; paragraph < paragraphs; paragraph += 1) {
      blocks.push(['p', Array.from({ length: 2 + next(3) }, () => fill(pick(sentences))).join('')]);
    }
  }
  const rows = next(4) === 0 ? Array.from({ length: 3 + next(10) }, (_, row) => [`示例社区${row + 1}`, String(next(500)), `${next(90)}.${next(10)}`]) : [];

  return {
    url: `https://documents.example/${iso(written).slice(0, 4)}/${number + 1}.html`,
    indexNumber: `SL${String(organ + 1).padStart(3, '0')}/${iso(written).slice(0, 4)}-${String(number + 1).padStart(5, '0')}`,
    subject: subjects[organ],
    issuer: organs[organ],
    title,
    documentNumber: `${marks[organ]}〔${iso(written).slice(0, 4)}〕${number + 1}号`,
    written: iso(written),
    published: iso(published),
    html: blocks.map(([tag, text]) => `<${tag}>${text}</${tag}>`).join('\n') + table(rows),
    text: [...blocks.map(([, text]) => text), ...rows.map((row) => row.join(' '))].join('\n'),
  };
}

function table(rows) {
  if (rows.length === 0) return '';
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `\n<table>\n<tr><th>名称</th><th>户数</th><th>金额（万元）</th></tr>\n${body}\n</table>`;
}

const iso = (date) => date.toISOString().slice(0, 10);

async function writeAll(count, output) {
  for (let number = 0; number < count; number += 1) {
    if (!output.write(`${JSON.stringify(documentWithNumber(number))}\n`)) await once(output, 'drain');
  }
}

if (import.meta.url === `file://${process.argv[1]}` || process.argv[1]?.endsWith('generate-documents.mjs')) {
  const count = Number(process.argv[2]);
  if (!Number.isInteger(count) || count < 1) {
    console.error('usage: node benches/generate-documents.mjs COUNT >FILE.jsonl');
    process.exit(2);
  }
  await writeAll(count, process.stdout);
}
