// Cards that other sites, messengers above all, show for a link: tags in the page's head, and a small page for each lesson,
// since what reads such tags runs no scripts and never sees what follows a `#`.

/** Beside the page; not a part of its first view. */
const PICTURE = 'preview/card.jpg'
const [WIDTH, HEIGHT] = [1200, 630]

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Where the site will lie, ending in `/`; null where that is not known as a whole address. */
export function siteOf(publicUrl) {
  return /^https?:\/\//.test(publicUrl ?? '') ? publicUrl.replace(/\/*$/, '/') : null
}

/** Tags of a card. `path`: of what it stands for, from the site's folder; `up`: from there back to the folder. */
function card({ title, description, site, path = '', up = '' }) {
  const base = site ?? up
  const tags = [
    ['og:type', 'website'],
    ['og:site_name', 'AgeLens'],
    ['og:title', title],
    ['og:description', description],
    ...(site ? [['og:url', site + path]] : []),
    ['og:image', base + PICTURE],
    ['og:image:width', String(WIDTH)],
    ['og:image:height', String(HEIGHT)],
    ['og:image:alt', 'Maps of AgeLens: original, translated and their difference']
  ].map(([name, content]) => `<meta property="${name}" content="${escaped(content)}" />`)
  // Twitter's own name; all others are those of Open Graph.
  return [...tags, '<meta name="twitter:card" content="summary_large_image" />'].join('\n    ')
}

/** The page with its card. @param {{title: string, description: string}} words @param {string | null} site see siteOf */
export function withCard(page, words, site) {
  if (!page.includes('</head>')) throw new Error('index.html: has no </head> to write the card before')
  return page.replace('</head>', () => `  ${card({ ...words, site })}\n  </head>`)
}

/** A lesson's own page: its card, and a script that goes on to the lesson. It lies in lesson/ID/. */
export function lessonPage({ id, title, lead }, site) {
  const path = `lesson/${id}/`
  const target = `../../#v=1&amp;lesson=${id}`
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${escaped(title)} – AgeLens</title>
    <meta name="description" content="${escaped(lead)}" />
    ${site ? `<link rel="canonical" href="${escaped(site + path)}" />\n    ` : ''}${card({ title: `${title} – AgeLens`, description: lead, site, path, up: '../../' })}
    <script src="../open.js"></script>
  </head>
  <body>
    <h1>${escaped(title)}</h1>
    <p>${escaped(lead)}</p>
    <p><a href="${target}">AgeLens</a></p>
  </body>
</html>
`
}

/**
 * The script of all lessons' pages: to the lesson at once, with whatever else the address asks for. What follows its `#` stays,
 * such as the language; of the lesson itself, its folder decides.
 */
export const LESSON_SCRIPT = `const { pathname, search, hash } = location
const lesson = pathname.split('/').filter((part) => part && part !== 'index.html').at(-1)
const others = hash.slice(1).split('&').filter((pair) => pair && !/^(v|lesson)=/.test(pair))
location.replace(\`\${new URL('../../', location.href.split(/[?#]/)[0]).href}\${search}#\${['v=1', \`lesson=\${lesson}\`, ...others].join('&')}\`)
`
