// Writes small Word files, so that what a journey uploads stands in the journey and not in a binary beside it.

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeText = (words) => words.replace(/[&<>]/g, (sign) => escapes[sign]);

const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const office = 'http://schemas.openxmlformats.org';
const documentType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

/** A Word file as a browser's file field takes it: a heading, then paragraphs. */
export function wordFile(name, heading, paragraphs) {
  const body = [paragraph(heading, 'Heading1'), ...paragraphs.map((words) => paragraph(words))].join('');
  const parts = {
    '[Content_Types].xml':
      `${declaration}<Types xmlns="${office}/package/2006/content-types">` +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Override PartName="/word/document.xml" ContentType="${documentType}.main+xml"/></Types>`,
    '_rels/.rels':
      `${declaration}<Relationships xmlns="${office}/package/2006/relationships"><Relationship Id="r1" ` +
      `Type="${office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/document.xml':
      `${declaration}<w:document xmlns:w="${office}/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
  };
  return { name, mimeType: documentType, buffer: zip(parts) };
}

function paragraph(words, style) {
  const look = style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : '';
  return `<w:p>${look}<w:r><w:t xml:space="preserve">${escapeText(words)}</w:t></w:r></w:p>`;
}

/** A zip file whose entries are stored as they are, which every reader understands. */
function zip(parts) {
  const local = [];
  const central = [];
  let offset = 0;
  for (const [name, text] of Object.entries(parts)) {
    const [path, bytes] = [Buffer.from(name), Buffer.from(text)];
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0); // Version needed.
    shared.writeUInt16LE(0x0800, 2); // Names are UTF-8.
    shared.writeUInt32LE(crc32(bytes), 10);
    shared.writeUInt32LE(bytes.length, 14);
    shared.writeUInt32LE(bytes.length, 18);
    shared.writeUInt16LE(path.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    local.push(Buffer.from('PK\x03\x04', 'latin1'), shared, path, bytes);
    central.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), shared, place, path);
    offset += 4 + shared.length + path.length + bytes.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Object.keys(parts).length, 8);
  end.writeUInt16LE(Object.keys(parts).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

function crc32(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
