package simulate

import "plaza/shop/pay/risk"

// Train makes a prior from the training seeds. The first round sees the world
// as it is when nothing is stopped; the second as it is with the first round's
// prior at work.
func Train(size Size, policy risk.Policy) risk.Prior {
	nothing := risk.Policy{WithoutModel: true, Thresholds: policy.Thresholds}
	first := gather(size, Settings{Policy: nothing, Samples: true, Unlabelled: true})
	prior := risk.Train(first, 1)
	second := gather(size, Settings{Prior: prior, Policy: policy, Samples: true, Unlabelled: true})
	return risk.Train(append(first, second...), 2)
}

func gather(size Size, s Settings) []risk.Sample {
	var samples []risk.Sample
	for _, seed := range TrainingSeeds {
		for i, v := range Run(Make(seed, size), s) {
			// Of what is normal, a quarter is enough and makes fraud less rare.
			if !v.Uncounted && v.At.After(begin.AddDate(0, 0, 10)) && (v.Pattern != "" || i%4 == 0) {
				samples = append(samples, v.Sample)
			}
		}
	}
	return samples
}
