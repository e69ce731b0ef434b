package public

import (
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/message"
	"plaza/templates"
)

// keepScript is how long a page may use the script without asking whether it has
// changed.
const keepScript = "public, max-age=300"

// embedScript serves the script that puts the chat into another site's page:
// /embed/{account}.js. Any site may load it; where the account does not name the
// site, it says so in the browser's console and does nothing.
func (p *pages) embedScript(c *gin.Context) error {
	slug, ok := strings.CutSuffix(c.Param("script"), ".js")
	if !ok {
		return web.ErrNotFound
	}
	of, err := openOnly(p.Accounts.Accounts.FindBySlug(c, slug))
	if err != nil {
		return err
	}
	script, err := p.Renderer.EmbedScript(embedding(of))
	if err != nil {
		return err
	}
	c.Header("Cross-Origin-Resource-Policy", "cross-origin") // for sites that load nothing else
	sendCached(c, "text/javascript; charset=utf-8", keepScript, script)
	return nil
}

func embedding(of account.Account) templates.Embedding {
	names := map[string]string{}
	for _, language := range message.Languages {
		names[language] = of.Name(language)
	}
	return templates.Embedding{Account: of.Slug, Path: chatPath(of), Language: of.Language,
		Names: names, Colour: of.Colour, Origins: of.Origins}
}
