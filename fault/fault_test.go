package fault_test

import (
	"errors"
	"testing"

	"plaza/fault"
)

func TestAllThatIsWrongIsKeptAndTheFirstIsFound(t *testing.T) {
	name := fault.New(fault.Invalid, "name", "No name.").In("name")
	age := fault.New(fault.Invalid, "age", "No age.").In("age")
	if err := fault.All(fault.If(false, name), nil); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	if err := fault.All(nil, fault.If(true, age)); err != error(age) {
		t.Errorf("one thing is wrong: %v", err)
	}
	err := fault.All(fault.If(true, name), fault.All(fault.If(true, age), nil))
	first, _ := errors.AsType[*fault.Error](err)
	if first != name || !errors.Is(err, age) || len(fault.Each(err)) != 2 || len(fault.Each(age)) != 1 || fault.Each(nil) != nil {
		t.Errorf("two things are wrong: %v, the first %v, each %v", err, first, fault.Each(err))
	}
}
