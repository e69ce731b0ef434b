package kakaotest

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed skill-response.schema.json
var schemaText []byte

var schema = compile()

func compile() *jsonschema.Schema {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		panic(err)
	}
	compiler := jsonschema.NewCompiler()
	const name = "skill-response.json"
	if err := compiler.AddResource(name, document); err != nil {
		panic(err)
	}
	return compiler.MustCompile(name)
}

// maxResponse is the most that Kakao delivers for certain, in bytes.
const maxResponse = 30720

// Check says what is wrong with the body of a SkillResponse.
func Check(body []byte) error {
	if len(body) > maxResponse {
		return fmt.Errorf("the response has %d bytes", len(body))
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(document)
}
