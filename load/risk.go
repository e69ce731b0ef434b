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
	compare := flags.Bool("compare", false, "say what other models would have found, too")
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
	verdicts, figures := measure(chosen, size, settings)
	figures.Print(out)
	if *compare {
		compareModels(verdicts, settings.Prior, out)
	}
	return nil
}

// measure plays all seeds; their accounts are apart, so they are one run.
func measure(seeds []uint64, size simulate.Size, settings simulate.Settings) ([]simulate.Verdict, *simulate.Figures) {
	var all []simulate.Verdict
	for _, seed := range seeds {
		all = append(all, simulate.Run(simulate.Make(seed, size), settings)...)
	}
	return all, simulate.Count(all)
}

// compareModels tells what other models would have found among the same attempts.
func compareModels(verdicts []simulate.Verdict, prior risk.Prior, out io.Writer) {
	fmt.Fprintf(out, "\nfraud above all but %.1f%% of normal attempts:\n", 100*simulate.FalsePositivesCompared)
	for _, candidate := range simulate.Compare(verdicts, prior) {
		fmt.Fprintf(out, "%-24s %5.1f%%\n", candidate.Name, 100*candidate.Recall)
	}
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
