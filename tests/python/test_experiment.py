"""The experiment on the sample: what adapters learn, what they are judged by, and what leaves."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import duckdb
import pytest

from homes import main_in, private
from simpact.actions import ACTION_TYPES, WITH_TEXT
from warehouse import KEY, run_dbt


@pytest.fixture
def home(sample_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_home, tmp_path / "home"))


def test_every_released_thread_is_one_example_whose_answer_says_what_was_done(sample_home: Path) -> None:
    rows = private(
        sample_home,
        """
        select threads.action_type, examples.target, examples.prompt, examples.text, examples.has_context, threads.message_count
        from release.threads left join experiment.examples using (thread_id)
        """,
    )
    assert rows == [row for row in rows if row[1]]
    assert {json.loads(target)["action"] for _, target, *_ in rows} == {action for action, *_ in rows} == set(ACTION_TYPES)
    for action, target, prompt, text, has_context, message_count in rows:
        answer = {"action": action} | ({"text": text or ""} if action in WITH_TEXT else {})
        assert target == json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
        assert prompt[0]["role"] == "system" and len(prompt) == message_count == len(prompt[1:]) + has_context + (
            not has_context
        )
        assert all(message["content"].startswith("user_") for message in prompt if message["role"] == "user")


def test_every_adapter_has_examples_of_every_role(sample_home: Path) -> None:
    """Else what is said of controls, held-out threads and canaries would be said of none."""
    chosen = "select count(distinct adapter), list(distinct role order by role) from {0} group by {1} order by all"
    threads = ["control", "held_out", "member"]
    assert private(sample_home, chosen.format("private.int_experiment__examples", "adapter")) == [(1, threads)] * 10
    audited = ["canary", "canary_alternative", *threads]
    assert private(sample_home, chosen.format("experiment.epochs", "adapter")) == [(1, audited)] * 10


def test_no_one_is_learnt_and_withheld_and_no_held_out_thread_is_learnt(sample_home: Path) -> None:
    shared = """
        select count(*) from private.int_experiment__examples as learnt
        inner join private.int_experiment__examples as kept on learnt.{0} = kept.{0} and kept.role = '{1}'
        where learnt.role = 'member'
    """
    assert private(sample_home, shared.format("person", "control")) == [(0,)]
    assert private(sample_home, shared.format("thread_id", "held_out")) == [(0,)]
    messages = """
        with texts as (
            select messages.message_text, bool_or(split = 'train') as trains, bool_or(split like 'test%') as tests
            from release.messages inner join release.threads using (thread_id)
            where not is_action and length(message_text) > 80
            group by all
        )
        select count(*) filter (trains), count(*) filter (trains and tests) from texts
    """
    trained, shown_twice = private(sample_home, messages)[0]
    assert shown_twice < 0.01 * trained  # two posts of the same words


def test_compared_adapters_learn_equally_much(sample_home: Path) -> None:
    sizes = private(
        sample_home,
        """
        select plan.persona_id, list(distinct adapters.n_examples), list(distinct adapters.n_steps)
        from experiment.adapters inner join private.adapter_plan as plan using (adapter)
        where plan.kind <> 'all' group by all
        """,
    )
    assert len(sizes) == 3 and all(len(examples) == len(steps) == 1 for _, examples, steps in sizes)


def test_the_catalogue_is_what_lies_on_disk(sample_home: Path) -> None:
    rows = private(
        sample_home, "select adapter, folder, weights_sha256, status, is_smoke from experiment.adapters order by all"
    )
    assert len(rows) == 10 and {(status, smoke) for *_, status, smoke in rows} == {("trained", True)}
    assert sorted(path.name for path in (sample_home / "adapters").iterdir() if not path.name.startswith(".")) == sorted(
        Path(folder).name for _, folder, *_ in rows
    )
    for adapter, folder, sha256, *_ in rows:
        assert hashlib.sha256((sample_home / folder / "adapter_model.safetensors").read_bytes()).hexdigest() == sha256
        card = (sample_home / folder / "README.md").read_text()
        assert card.count(adapter) >= 2 and "A smoke model" in card
    assert list((sample_home / "adapters/.queue").iterdir()) == []


def test_training_works_held_out_loss_falls_below_the_bases(sample_home: Path) -> None:
    falls = private(sample_home, "select kind, held_out_fall, held_out_fall_ci_low from experiment.adapters")
    assert min(fall for _, fall, _ in falls) > 0.3  # nats per token
    assert min(low for kind, _, low in falls if kind in ("all", "persona")) > 0.3  # the others have few held-out threads
    curves = "select max(loss) filter (step = 1), max(loss) filter (step > 40), count(*) from experiment.loss_curves"
    first, last, n = private(sample_home, curves)[0]
    assert last < first and n == private(sample_home, "select sum(n_steps) from experiment.adapters")[0][0]


def test_personas_of_the_sample_help_more_than_random_groups(sample_home: Path) -> None:
    """The sample has latent groups, so what finds them must show."""
    gains = dict(
        private(
            sample_home,
            "select grouped_by, {'low': ci_low, 'high': ci_high} from experiment.clustering_gain where group_id is null",
        )
    )
    assert gains["persona"]["low"] > gains["random"]["high"] and gains["difference"]["low"] > 0.2
    assert private(
        sample_home, "select bool_and(is_best) from experiment.cross_persona where persona_id = adapter_persona_id"
    ) == [(True,)]
    assert private(sample_home, "select p_value < 0.01, ci_low > 0 from experiment.diagonality") == [(True, True)]


def test_baselines_are_shares_of_training_threads(sample_home: Path) -> None:
    counts = dict(private(sample_home, "select action_type, count(*) from release.threads where split = 'train' group by all"))
    expected = [(1 + counts.get(action, 0)) / (13 + sum(counts.values())) for action in ACTION_TYPES]
    ((majority,),) = private(sample_home, "select distinct probabilities from experiment.generations where model = 'majority'")
    assert majority == pytest.approx(expected)
    assert private(sample_home, "select distinct action_type from experiment.generations where model = 'majority'") == [
        ("like",)
    ]
    rule = """
        select distinct examples.has_context, generations.action_type, generations.probabilities
        from experiment.generations inner join experiment.examples using (thread_id) where model = 'rule' order by all
    """
    assert private(sample_home, rule) == [
        (has_context, action, [float(action == other) for other in ACTION_TYPES])
        for has_context, action in ((False, "post"), (True, "follow"))
    ]


def test_every_model_answers_every_prompt_and_only_smoke_is_called_smoke(sample_home: Path) -> None:
    answered = private(
        sample_home,
        """
        select
            model,
            any_value(source),
            bool_and(is_smoke),
            count(*) = (select count(*) from experiment.prompts),
            bool_and(probabilities is not null),
            bool_and(probabilities is null or abs(list_sum(probabilities) - 1) < 1e-6),
            bool_and(text is null or action_type in ('post', 'reply', 'quote', 'post_update'))
        from experiment.generations group by model order by model
        """,
    )
    ours = {"all", "base", "persona", "unclustered"}
    assert {model for model, *_ in answered} == ours | {"majority", "persona_prior", "context_prior", "rule"}
    for model, source, is_smoke, *holds in answered:
        assert (source, is_smoke) == (("simpact", True) if model in ours else ("baseline", False))
        assert all(holds), model
    smoke = private(
        sample_home, "select distinct is_comparable from experiment.beside_the_paper where note like 'a smoke model%'"
    )
    assert smoke == [("no",)]


def test_two_stages_are_the_bet_of_the_model_of_actions_and_the_words_of_the_persona(sample_home: Path) -> None:
    rows = private(
        sample_home,
        """
        select
            two_stage.action_type,
            case when examples.has_context then bets.action_type else 'post' end as bet,
            two_stage.text,
            persona.action_type,
            persona.text,
            two_stage.adapter = persona.adapter and two_stage.source = persona.source
        from private.int_experiment__generations as two_stage
        inner join experiment.generations as persona on two_stage.thread_id = persona.thread_id and persona.model = 'persona'
        inner join experiment.examples on two_stage.thread_id = examples.thread_id
        inner join private.int_privacy__released as released on two_stage.thread_id = released.released_id
        left join private.action_predictions as bets
            on released.thread_id = bets.thread_id and bets.model = 'boosted' and bets.split = 'by_time'
        where two_stage.model = 'two_stage'
        """,
    )
    assert private(sample_home, "select count(*) from experiment.prompts") == [(len(rows),)]
    for action, bet, text, drawn, drawn_text, is_of_persona in rows:
        assert action == bet and is_of_persona and (text is not None) == (action in WITH_TEXT)
        assert action != drawn or text == drawn_text
    assert private(sample_home, "select count(*) from experiment.generations where model = 'two_stage'") == [(0,)]


def test_two_stages_are_compared_with_the_one_stage_on_its_draws(sample_home: Path) -> None:
    """Texts must be no worse for it, and what is expected of them shows only in figures with intervals."""
    compared = dict(
        private(
            sample_home,
            """
            select metric, {'n': n, 'difference': difference, 'low': ci_low, 'high': ci_high}
            from experiment.comparisons where model = 'two_stage' and other = 'persona'
            """,
        )
    )
    of_texts = {"detectability_embedding", "detectability_ngrams", "mean_nearest_cosine", "mean_cosine", "js_distances"}
    of_texts |= {"js_lengths", "copied_share", "words_difference", "jaccard_paper", "js_paper", "mean_cosine_paper"}
    assert of_texts | {"macro_f1", "macro_f1_with_context", "accuracy"} <= set(compared)
    for metric, figures in compared.items():
        assert figures["n"] > 0 and figures["low"] <= figures["difference"] <= figures["high"], metric
    assert not {"log_loss", "calibration_error"} & set(compared)


def test_scores_stand_beside_their_ceiling_and_leave_nobody(sample_home: Path) -> None:
    models = {model for (model,) in private(sample_home, "select distinct model from experiment.scores")}
    assert {"base", "persona", "unclustered", "all", "rule", "context_prior", "real_half"} <= models
    told = private(
        sample_home,
        """
        select model, ci_low, value
        from experiment.scores
        where metric = 'detectability_ngrams' and level = 'population' and model in ('base', 'real_half')
        order by model
        """,
    )
    (_, base_low, base), (_, half_low, half) = told
    assert half_low < 0.5 < half < base_low and base > 0.9  # real people cannot be told from real people
    columns = private(
        sample_home,
        """
        select column_name from information_schema.columns
        where table_schema = 'experiment' and column_name in ('person', 'person_key', 'author_did', 'actor_did', 'draw')
        """,
    )
    assert columns == []


def predict(home: Path, *lines: dict | str) -> tuple[int, str]:
    path = home / "predictions.ndjson"
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    select = ["--select", "int_experiment__predictions", "int_experiment__generations"]
    result = run_dbt("build", *select, "--vars", json.dumps({"predictions": str(path)}), home=home)
    return result.returncode, result.stdout


def test_predictions_made_elsewhere_stand_beside_ours_and_bad_ones_are_refused(home: Path) -> None:
    first, second = [number for (number,) in private(home, "select thread_id from experiment.prompts order by 1 limit 2")]
    good = {"model": "elsewhere", "thread_id": first, "action_type": "reply", "text": "it's <b>mine</b>"}
    sure = {
        "model": "elsewhere",
        "thread_id": second,
        "action_type": "like",
        "probabilities": [float(a == "like") for a in ACTION_TYPES],
    }
    assert predict(home, good, sure)[0] == 0
    found = private(
        home, "select thread_id, text from private.int_experiment__generations where source = 'elsewhere' order by 1"
    )
    assert found == [(first, "it's <b>mine</b>"), (second, None)]
    for bad, test in [
        (good | {"thread_id": 10**9}, "relationships_int_experiment__predictions_thread_id"),
        (good | {"action_type": "lurk"}, "accepted_values_int_experiment__predictions_action_type"),
        (good | {"model": "base"}, "models_elsewhere_have_names_of_their_own"),
        (sure | {"probabilities": [0.5] * 13}, "predictions_have_all_probabilities_or_none"),
    ]:
        status, said = predict(home, bad)
        assert status != 0 and test in said
    status, said = predict(home, good, "{broken")
    assert status != 0 and "Malformed JSON" in said and "predictions.ndjson" in said


def test_a_persona_that_the_scale_does_not_have_is_refused(home: Path) -> None:
    def planned(numbers: list[int]) -> tuple[int, str]:
        variables = json.dumps({"adapter_personas": numbers})
        result = run_dbt("run", "--select", "int_experiment__personas", "--vars", variables, home=home)
        return result.returncode, result.stdout

    known = [number for (number,) in private(home, "select persona_id from private.int_experiment__personas order by 1")]
    assert planned(known[1:] * 2)[0] == 0
    assert private(home, "select persona_id from private.int_experiment__personas order by 1") == [(n,) for n in known[1:]]
    status, said = planned([known[0], 99])
    assert status != 0
    assert "Setting adapter_personas: scale 10 has no persona 99 with threads to train on." in said


def test_a_random_split_is_nine_tenths_and_one_tenth(home: Path) -> None:
    result = run_dbt("run", "--select", "int_privacy__splits", "--vars", "split: random", home=home)
    assert result.returncode == 0, result.stdout
    shares = private(
        home,
        "select split, round(count(*) / sum(count(*)) over (), 3) from private.int_privacy__splits group by all order by 1",
    )
    assert shares == [("test", 0.1), ("train", 0.9)]


def test_an_adapter_that_an_attack_succeeds_on_closes_the_gate_and_stays(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main_in(home, "export-adapters") == 0
    assert (home / "exported_adapters/all/adapter_model.safetensors").exists()
    assert "person_auc" in (home / "exported_adapters/all/README.md").read_text()
    said = capsys.readouterr().err
    ours = private(home, "select adapter from experiment.adapters where kind = 'random' order by adapter")
    assert len(ours) == 3 and all(f"{adapter} stays: it is a control of the experiment" in said for (adapter,) in ours)
    assert not list((home / "exported_adapters").glob("random*"))
    with duckdb.connect(str(home / "simpact_private.duckdb")) as connection:
        connection.execute("""
            update quality.adapter_attacks set verdict = 'succeeded'
            where adapter = 'all' and measure = 'person_auc' and is_gated
        """)
    result = run_dbt("build", "--select", "gate_adapters", "adapter_verdicts", "adapters", home=home)
    assert result.returncode != 0
    assert "CLOSED     gate_adapters: An adapter that tells who trained it gives people away." in result.stdout
    assert main_in(home, "export-adapters") == 0
    assert "all stays: an attack tells who trained it" in capsys.readouterr().err
    assert not (home / "exported_adapters/all").exists() and (home / "exported_adapters/persona_10_2").exists()
    assert private(home, "select verdict from experiment.adapters where adapter = 'all'") == [("refused",)]


def test_an_adapter_whose_weights_are_others_stays(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ((folder,),) = private(home, "select folder from experiment.adapters where adapter = 'all'")
    weights = home / folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"!")
    assert main_in(home, "export-adapters") == 0
    assert "all stays: its weights are not those that were attacked" in capsys.readouterr().err


def test_an_adapter_that_saw_somebody_who_has_left_stays(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the release was built anew and the experiment was not."""
    query = "select author_did from private.int_experiment__seen where folder like '%/all-%' order by 1 limit 1"
    ((did,),) = private(home, query)
    with duckdb.connect(str(home / "simpact_private.duckdb")) as connection:
        connection.execute("insert into staging.stg_bluesky__withheld (did) values (?)", [did])
    assert main_in(home, "export-adapters") == 0
    said = capsys.readouterr().err
    assert "all stays: it learnt from somebody who is withheld since" in said and did not in said


@pytest.mark.parametrize("is_private_there", [True, False])
def test_an_erasure_marks_the_adapters_that_saw_the_person(
    home: Path, is_private_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((did, seen),) = private(
        home,
        """
        select author_did, list(folder order by folder) from private.int_experiment__seen
        group by author_did having count(*) between 2 and 4 order by author_did limit 1
        """,
    )
    assert main_in(home, "export-adapters") == 0
    if not is_private_there:
        monkeypatch.setenv("SIMPACT_KEY", KEY)
        (home / "simpact_private.duckdb").unlink()
    for name in (".queue/jobs.parquet", "0.checkpoint"):
        (home / "adapters" / name).touch()
    assert main_in(home, "erase", did) == 0
    assert not (home / "adapters/.queue/jobs.parquet").exists() and not (home / "adapters/0.checkpoint").exists()
    assert not any((home / "exported_adapters" / Path(folder).name.rpartition("-")[0]).exists() for folder in seen)
    marked = sorted(str(path.parent.relative_to(home)) for path in (home / "adapters").glob("*/STALE.md"))
    assert marked == seen
    if is_private_there:
        stale = private(home, "select folder from experiment.adapters where status = 'stale' order by 1")
        assert stale == [(folder,) for folder in seen]
        assert private(home, "select count(*) from private.int_experiment__threads") == [(0,)]
        main_in(home, "export-adapters")
        assert not any((home / "exported_adapters" / Path(folder).name.rpartition("-")[0]).exists() for folder in seen)


def test_a_page_for_raters_is_made_of_held_out_threads(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_in(home, "human-page", "--out", str(home / "page"), "--pairs", "4", "--contact", "us@example.org") == 0
    assert "4 pairs and 2 attention checks." in capsys.readouterr().err
    key = json.loads((home / "page/evaluation_key.json").read_text())
    threads = {item["thread_id"] for item in key["items"].values()}
    held_out = {number for (number,) in private(home, "select thread_id from release.threads where split like 'test%'")}
    assert threads <= held_out
    for wrong, why in [
        (
            ["human-page", "--out", str(home / "other"), "--contact", "x", "--models", "nobody"],
            "no texts by nobody, but by all",
        ),
        (
            ["human-page", "--out", str(home / "page"), "--contact", "x", "--seed", "2", "--pairs", "4"],
            "the key of another page",
        ),
        (["human-scores", str(home / "page/evaluation_key.json"), str(home / "none.json")], "none.json"),
    ]:
        with pytest.raises(SystemExit, match="2"):
            main_in(home, *wrong)
        assert why in capsys.readouterr().err


def test_nothing_is_trained_twice(home: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (home / "adapters").glob("*/*")}
    result = run_dbt("run", "--select", "trained_adapters", home=home)
    assert result.returncode == 0, result.stdout
    assert {path: path.stat().st_mtime_ns for path in (home / "adapters").glob("*/*")} == before
