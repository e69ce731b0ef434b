package risk

import (
	"math"
	"slices"
	"time"
)

// Sighting is one of the devices, payees, networks or people a profile knows.
type Sighting struct {
	Who   Fingerprint `bson:"w"`
	First int64       `bson:"f"` // seconds since 1970
	Last  int64       `bson:"l"`
	Good  int32       `bson:"g,omitempty"` // attempts that succeeded with it
}

// Seen is a bounded list of sightings; who was not seen for longest leaves it.
type Seen []Sighting

func (s Seen) find(who Fingerprint) *Sighting {
	for i := range s {
		if s[i].Who == who {
			return &s[i]
		}
	}
	return nil
}

// note remembers that who was there; good, that it went well.
func (s *Seen) note(who Fingerprint, at time.Time, good bool, most int) {
	if who == 0 {
		return
	}
	second := at.Unix()
	found := s.find(who)
	if found == nil {
		if len(*s) >= most {
			oldest := slices.IndexFunc(*s, func(one Sighting) bool { return one.Last == s.oldest() })
			*s = slices.Delete(*s, oldest, oldest+1)
		}
		*s = append(*s, Sighting{Who: who, First: second, Last: second})
		found = &(*s)[len(*s)-1]
	}
	found.First, found.Last = min(found.First, second), max(found.Last, second)
	if good && found.Good < math.MaxInt32 {
		found.Good++
	}
}

// forget takes who off the list.
func (s *Seen) forget(who Fingerprint) {
	*s = slices.DeleteFunc(*s, func(one Sighting) bool { return one.Who == who })
}

func (s Seen) oldest() int64 {
	oldest := int64(math.MaxInt64)
	for _, one := range s {
		oldest = min(oldest, one.Last)
	}
	return oldest
}

// others counts who, besides this one, was there since.
func (s Seen) others(than Fingerprint, since time.Time) float64 {
	count := 0
	for _, one := range s {
		if one.Who != than && one.Last >= since.Unix() {
			count++
		}
	}
	return float64(count)
}

// newcomers counts who came first since.
func (s Seen) newcomers(than Fingerprint, since time.Time) float64 {
	count := 0
	for _, one := range s {
		if one.Who != than && one.First >= since.Unix() {
			count++
		}
	}
	return float64(count)
}

// newness is 1 for who was never there with success, and halves with every day
// since they first were. Whoever was there from the beginning is not new: then
// it is the profile that is.
func (s Seen) newness(who Fingerprint, at, beginning time.Time) float64 {
	if who == 0 || beginning.IsZero() {
		return 0
	}
	found := s.find(who)
	if found == nil || found.Good == 0 {
		if at.Sub(beginning) < time.Hour {
			return 0
		}
		return 1
	}
	if found.First-beginning.Unix() < 3600 {
		return 0
	}
	return math.Exp2(-float64(at.Unix()-found.First) / dayLife)
}
