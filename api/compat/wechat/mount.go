package wechat

import (
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/bot/developer"
)

// Prefix is the path that stands for WeChat's hosts.
const Prefix = "/compat/wechat"

// Options are what the API is served with. All are needed.
type Options struct {
	*web.Surface
	Developer *developer.Service
}

// How often one address may ask for tokens, and call at all.
const (
	secretEvery, secretBurst = time.Second, 60
	callEvery, callBurst     = time.Millisecond, 2000
)

type api struct {
	Options
	endpoints map[string]endpoint
	secrets   *web.Limiter
	calls     *web.Limiter
}

// endpoint is one call of the API.
type endpoint struct {
	// method that is asked for; empty: any.
	method string
	// open calls bring no access token; those that bring a secret instead are
	// limited more.
	open, secret bool
	handle       func(*call) (any, error)
}

// Mount adds the routes.
func Mount(o Options) func(*gin.Engine) {
	return func(engine *gin.Engine) {
		a := &api{Options: o, secrets: web.NewLimiter(secretEvery, secretBurst, o.Now), calls: web.NewLimiter(callEvery, callBurst, o.Now)}
		a.endpoints = endpoints()
		group := engine.Group(Prefix)
		for _, root := range []string{"/cgi-bin/*call", "/sns/*call", "/customservice/*call"} {
			group.GET(root, a.serve)
			group.POST(root, a.serve)
		}
		group.GET("/files/:file", a.file)
	}
}

// endpoints are all calls by path, without the first part.
func endpoints() map[string]endpoint {
	const get, post = http.MethodGet, http.MethodPost
	all := map[string]endpoint{
		"token":                {open: true, secret: true, handle: token},
		"stable_token":         {method: post, open: true, secret: true, handle: stableToken},
		"showqrcode":           {open: true, handle: showCode},
		"oauth2/access_token":  {open: true, secret: true, handle: redeem},
		"oauth2/refresh_token": {open: true, secret: true, handle: refresh},
		"userinfo":             {open: true, handle: userInfo},
		"auth":                 {open: true, handle: auth},

		"getcallbackip":     {handle: addresses},
		"get_api_domain_ip": {handle: addresses},
		"clear_quota":       {method: post, handle: clearQuota},

		"ticket/getticket": {method: get, handle: ticket},

		"kfaccount/add":                 {method: post, handle: addSpeaker},
		"kfaccount/update":              {method: post, handle: renameSpeaker},
		"kfaccount/del":                 {handle: deleteSpeaker},
		"customservice/getkflist":       {handle: listSpeakers},
		"customservice/getonlinekflist": {handle: onlineSpeakers},

		"message/custom/send":   {method: post, handle: sendCustom},
		"message/custom/typing": {method: post, handle: typing},
		"message/template/send": {method: post, handle: sendTemplate},
		"message/mass/sendall":  {method: post, handle: sendAll},
		"message/mass/send":     {method: post, handle: sendAll},
		"message/mass/preview":  {method: post, handle: previewMass},
		"message/mass/delete":   {method: post, handle: deleteMass},
		"message/mass/get":      {method: post, handle: findMass},

		"template/api_add_template":         {method: post, handle: addTemplate},
		"template/get_all_private_template": {handle: listTemplates},
		"template/del_private_template":     {method: post, handle: deleteTemplate},

		"menu/create":               {method: post, handle: createMenu},
		"menu/get":                  {handle: getMenu},
		"menu/delete":               {handle: deleteMenu},
		"menu/addconditional":       {method: post, handle: addSpecialMenu},
		"menu/delconditional":       {method: post, handle: deleteSpecialMenu},
		"menu/trymatch":             {method: post, handle: tryMenu},
		"get_current_selfmenu_info": {handle: currentMenu},
		"qrcode/create":             {method: post, handle: createCode},

		"user/get":               {handle: listPeople},
		"user/info":              {method: get, handle: person},
		"user/info/batchget":     {method: post, handle: people},
		"user/info/updateremark": {method: post, handle: remark},
		"user/tag/get":           {method: post, handle: tagged},

		"tags/create":                 {method: post, handle: createTag},
		"tags/get":                    {handle: listTags},
		"tags/update":                 {method: post, handle: renameTag},
		"tags/delete":                 {method: post, handle: deleteTag},
		"tags/getidlist":              {method: post, handle: tagsOf},
		"tags/members/batchtagging":   {method: post, handle: setTag(true)},
		"tags/members/batchuntagging": {method: post, handle: setTag(false)},

		"media/upload":               {method: post, handle: upload},
		"media/get":                  {method: get, handle: download},
		"media/uploadimg":            {method: post, handle: uploadPagePicture},
		"media/uploadnews":           {method: post, handle: addArticles(false)},
		"material/add_news":          {method: post, handle: addArticles(true)},
		"draft/add":                  {method: post, handle: addArticles(true)},
		"draft/get":                  {method: post, handle: getArticles},
		"draft/delete":               {method: post, handle: deleteArticles},
		"material/add_material":      {method: post, handle: addMaterial},
		"material/get_material":      {method: post, handle: getMaterial},
		"material/del_material":      {method: post, handle: deleteMaterial},
		"material/get_materialcount": {handle: countMaterial},
		"material/batchget_material": {method: post, handle: listMaterial},
	}
	return all
}

// serve answers every call. Only what goes wrong before WeChat's rules apply is
// not status 200.
func (a *api) serve(c *gin.Context) {
	path := strings.TrimPrefix(c.Param("call"), "/")
	found, known := a.endpoints[path]
	limiter := a.calls
	if found.secret {
		limiter = a.secrets
	}
	err := limiter.Check(c)
	switch {
	case err != nil:
		err = developer.ErrTooOften
	case !known:
		err = developer.ErrPath
	case found.method == http.MethodPost && c.Request.Method != found.method:
		err = developer.ErrNeedPOST
	case found.method == http.MethodGet && c.Request.Method != found.method:
		err = developer.ErrNeedGET
	}
	called := &call{Context: c, api: a}
	if err == nil && !found.open {
		called.app, err = a.Developer.Caller(c, c.Query("access_token"))
	}
	var answer any
	if err == nil {
		answer, err = found.handle(called)
	}
	if err != nil {
		a.refuse(c, err)
		return
	}
	called.answer(answer)
}
