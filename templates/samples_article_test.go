package templates

import (
	"html/template"
	"time"
)

func (s sampler) article() *ArticlePage {
	body := s.say(
		"<p>Our oven is lit at <strong>four in the morning</strong>.</p><h2>What is new</h2><ul><li>Rye, twice a week</li><li>A brioche with chestnuts</li></ul><blockquote>The best in the quarter.</blockquote><p>All about it <a href=\"https://shop.example/bread\">in the shop</a>.</p><table><tbody><tr><th>Rye</th><td>38</td></tr><tr><th>Brioche</th><td>26</td></tr></tbody></table>",
		"<p>我们的烤炉<strong>凌晨四点</strong>点火。</p><h2>新品</h2><ul><li>黑麦面包，每周两次</li><li>栗子布里欧修</li></ul><blockquote>街区最好的面包。</blockquote><p>详情见<a href=\"https://shop.example/bread\">商城</a>。</p><table><tbody><tr><th>黑麦</th><td>38</td></tr><tr><th>布里欧修</th><td>26</td></tr></tbody></table>",
		"<p>저희 오븐은 <strong>새벽 네 시</strong>에 불을 켭니다.</p><h2>새로 나온 빵</h2><ul><li>호밀빵, 일주일에 두 번</li><li>밤 브리오슈</li></ul><blockquote>동네에서 가장 맛있는 빵.</blockquote><p>자세한 내용은 <a href=\"https://shop.example/bread\">상점</a>에서.</p><table><tbody><tr><th>호밀</th><td>38</td></tr><tr><th>브리오슈</th><td>26</td></tr></tbody></table>")
	return &ArticlePage{Base: s.public("/articles/1/0"), Headline: s.say("Bread at four", "凌晨四点的面包", "새벽 네 시의 빵"), Author: s.kim().Name, At: ago(3 * time.Hour),
		Cover: "/pictures/milk", Body: template.HTML(body), Source: "https://shop.example/bread", ChatPath: "/chat/corner"}
}
