package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"plaza/shop/pay/risk"
	"plaza/shop/pay/risk/simulate"
)

// runRisk measures the risk engine on simulated fraud, or trains its prior.
func runRisk(_ context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("risk", flag.ContinueOnError)
	seeds := flags.String("seeds", "test", "which seeds to measure on: training, validation or test")
	people := flags.Int("people", simulate.StandardSize.People, "people of each of the five shops")
	days := flags.Int("days", simulate.StandardSize.Days, "days")
	episodes := flags.Int("episodes", simulate.StandardSize.Episodes, "frauds of each pattern in each shop")
	prior := flags.String("prior", "", "measure with this prior instead of the one shipped")
	train := flags.String("train", "", "train a prior on the training seeds and write it to this file")
	compare := flags.Bool("compare", false, "measure the parts of the engine one by one, too")
	if err := flags.Parse(args); err != nil {
		return err
	}
	size := simulate.Size{People: *people, Days: *days, Episodes: *episodes}
	if *train != "" {
		return trainPrior(size, *train, out)
	}
	chosen, ok := map[string][]uint64{"training": simulate.TrainingSeeds, "validation": simulate.ValidationSeeds,
		"test": simulate.TestSeeds}[*seeds]
	if !ok {
		return fmt.Errorf("no seeds %q: training, validation or test", *seeds)
	}
	settings := simulate.Settings{Prior: risk.ShippedPrior(), Policy: risk.StandardPolicy()}
	if *prior != "" {
		written, err := os.ReadFile(*prior)
		if err != nil {
			return err
		}
		settings.Prior = risk.Prior{}
		if err := json.Unmarshal(written, &settings.Prior); err != nil {
			return fmt.Errorf("%s: %w", *prior, err)
		}
	}
	fmt.Fprintf(out, "%s seeds %v, %d people in each of five shops, days %d to %d\n\n", *seeds, chosen, *people,
		simulate.FirstCountedDay, *days)
	simulate.Measure(chosen, size, settings).Print(out)
	if *compare {
		compareParts(chosen, size, settings, out)
	}
	return nil
}

func trainPrior(size simulate.Size, path string, out io.Writer) error {
	prior := simulate.Train(size, risk.StandardPolicy())
	written, err := json.MarshalIndent(prior, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d weights from seeds %v\n", len(prior.Weights), simulate.TrainingSeeds)
	return os.WriteFile(path, append(written, '\n'), 0o644)
}

// compareParts tells what each part of the engine is worth.
func compareParts(seeds []uint64, size simulate.Size, whole simulate.Settings, out io.Writer) {
	rules, model, unlabelled, withoutRarity := whole, whole, whole, whole
	rules.Policy.WithoutModel = true
	model.Policy.Rules = nil
	unlabelled.Unlabelled = true
	withoutRarity.WithoutRarity = true
	for _, part := range []struct {
		name     string
		settings simulate.Settings
	}{
		{"rules alone", rules}, {"model alone", model}, {"without labels", unlabelled}, {"without rarity", withoutRarity},
	} {
		f := simulate.Measure(seeds, size, part.settings)
		fraud := f.AllFraud()
		fmt.Fprintf(out, "%-16s recall %5.1f%%  precision %5.1f%%  normal flagged %5.2f%%\n", part.name,
			100*float64(fraud.Flagged())/float64(max(1, fraud.All())), 100*f.Precision(), 100*f.FalsePositives())
	}
}
