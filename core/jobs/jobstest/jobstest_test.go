package jobstest_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"example.com/pergola/core/database/databasetest"
	"example.com/pergola/core/fault"
	"example.com/pergola/core/feature"
	"example.com/pergola/core/jobs"
	"example.com/pergola/core/jobs/jobstest"
)

type bake struct {
	Cake string `json:"cake" validate:"required"`
}

var (
	bakeJob = jobs.Define[bake]("kitchen.bake")
	coolJob = jobs.Define[bake]("kitchen.cool")
)

func TestRecorder_recordsJobsAndTheirOptions(t *testing.T) {
	t.Parallel()
	recorder, db := jobstest.NewRecorder(), databasetest.Empty(t)
	later := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

	err := db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(
			bakeJob.Enqueue(ctx, recorder, bake{"pie"}),
			coolJob.Enqueue(ctx, recorder, bake{"pie"}, jobs.At(later), jobs.UniqueBy("pie")),
		)
	})
	err = errors.Join(err, bakeJob.Enqueue(t.Context(), recorder, bake{"tart"}))

	if got, want := jobstest.Enqueued(recorder, bakeJob), []bake{{"pie"}, {"tart"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v and error %v, want %v", got, err, want)
	}
	if got := recorder.Entries()[1]; !got.At.Equal(later) || got.UniqueKey != "pie" {
		t.Errorf("got %+v, want its time and key", got)
	}
}

func TestRecorder_recordsNothingAfterARollbackOrOfInvalidPayloads(t *testing.T) {
	t.Parallel()
	recorder, db := jobstest.NewRecorder(), databasetest.Empty(t)

	_ = db.InTx(t.Context(), func(ctx context.Context) error {
		return errors.Join(bakeJob.Enqueue(ctx, recorder, bake{"pie"}), fault.Conflict.New("No."))
	})
	invalid := bakeJob.Enqueue(t.Context(), recorder, bake{})

	if got := jobstest.Enqueued(recorder, bakeJob); len(got) != 0 || invalid == nil {
		t.Errorf("got %v and error %v, want nothing and an error", got, invalid)
	}
}

func TestWork_callsAPrivateHandler(t *testing.T) {
	t.Parallel()
	var got []string
	manifest := feature.Manifest{Name: "kitchen", Parts: []feature.Part{jobs.Handlers{
		jobs.Handle(bakeJob, func(_ context.Context, b bake) error {
			got = append(got, b.Cake)
			return nil
		}),
		jobs.Handle(coolJob, func(context.Context, bake) error { panic("too hot") }),
	}}}

	baked := jobstest.Work(t, manifest, bakeJob, bake{"pie"})
	invalid := jobstest.Work(t, manifest, bakeJob, bake{})
	cooled := jobstest.Work(t, manifest, coolJob, bake{"pie"})

	if baked != nil || !slices.Equal(got, []string{"pie"}) {
		t.Errorf("got %q and error %v, want pie once", got, baked)
	}
	if invalid == nil || cooled == nil {
		t.Errorf("got %v for an invalid payload and %v for a panic, want errors", invalid, cooled)
	}
}

func TestRecorder_runsWhatItRecordedAndWhatHandlersEnqueue(t *testing.T) {
	t.Parallel()
	recorder := jobstest.NewRecorder()
	var got []string
	kitchen := feature.Manifest{Name: "kitchen", Parts: []feature.Part{jobs.Handlers{
		jobs.Handle(bakeJob, func(ctx context.Context, b bake) error {
			return coolJob.Enqueue(ctx, recorder, b, jobs.At(time.Now().Add(time.Hour)))
		}),
		jobs.Handle(coolJob, func(_ context.Context, b bake) error {
			got = append(got, b.Cake)
			return nil
		}),
	}}}

	for _, cake := range []string{"pie", "tart"} {
		if err := bakeJob.Enqueue(t.Context(), recorder, bake{cake}); err != nil {
			t.Fatal(err)
		}
		if err := recorder.WorkAll(t, kitchen); err != nil {
			t.Fatal(err)
		}
	}

	if want := []string{"pie", "tart"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
