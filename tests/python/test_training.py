"""What adapters learn is what they are told to, packing and company change nothing, and what they learn is really learnt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
import yaml
from hypothesis import given
from hypothesis import strategies as st
from peft import PeftModel
from torch.nn.functional import log_softmax

from simpact.actions import ACTION_TYPES, WITH_TEXT
from simpact.errors import UserError
from simpact.memorisation.canaries import EXPOSURES
from simpact.memorisation.membership import AUDIT, membership
from simpact.memorisation.regurgitation import REGURGITATION
from simpact.memorisation.verdicts import verdicts
from simpact.training.audit import answer_losses
from simpact.training.chat import Example, tokenise
from simpact.training.hidden import labelled_losses
from simpact.training.instructions import read_instructions, with_instructions
from simpact.training.job import JOBS, jobs_of
from simpact.training.lora import adapters_in
from simpact.training.losses import token_losses
from simpact.training.packing import IGNORED, pack, rows_of
from simpact.training.planted import ALTERNATIVE, PLANTED, opened, with_canaries
from simpact.training.recipe import Recipe
from simpact.training.settings import TrainingSettings
from simpact.training.trainer import Course
from tiny import END, RECIPE, answer, asked, base, jobs, recipe, tokenizer, trained

ROOT = Path(__file__).parents[2]
WORDS = ["hockey", "tonight", "the", "game", "was", "great", "we", "all", "love", "winter", "coffee", "early", "morning"]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def chats(n: int, seed: int = 0) -> tuple[list[list[dict[str, str]]], list[str]]:
    """Prompts and answers of unequal lengths."""
    rng = np.random.default_rng(seed)
    said = [" ".join(rng.choice(WORDS, rng.integers(1, 12))) for _ in range(2 * n)]
    return [asked(f"user_0: {text}") for text in said[:n]], [answer("post", text) for text in said[n:]]


def examples(n: int, seed: int = 0, max_tokens: int = 256) -> list[Example]:
    return tokenise(tokenizer(), *chats(n, seed), max_tokens)


def course(name: str, n: int = 6, seed: int = 0) -> Course:
    return Course(name, seed, examples(n, seed), examples(3, seed + 100))


def plain_losses(model: Any, example: Example, first: int) -> torch.Tensor:
    """Nats of every token from `first` on, of the example alone."""
    logits = model(input_ids=torch.tensor([example.ids]), use_cache=False).logits[0]
    return -log_softmax(logits.double(), -1)[range(first - 1, len(example.ids) - 1), example.ids[first:]]


# What is learnt


def test_labels_decode_to_exactly_the_answers_and_the_token_that_ends_each() -> None:
    prompts, answers = chats(9)
    made = tokenise(tokenizer(), prompts, answers, 256)
    rows = rows_of([len(example.ids) for example in made], 120)
    batch = pack(made, rows, "answer")
    assert max(map(len, rows)) > 1 and (batch.examples == -1).any(), "the case has neighbours and padding"
    for line, row in enumerate(rows):
        for number in row:
            mine = (batch.examples[line] == number) & (batch.labels[line] != IGNORED)
            assert tokenizer().decode(batch.labels[line][mine]) == answers[number] + END
    assert (batch.labels[batch.examples == -1] == IGNORED).all()


@pytest.mark.parametrize(("loss_on", "unlabelled"), [("answer", lambda e: e.n_prompt), ("all", lambda e: 1)])
def test_each_label_stands_one_place_before_its_token_and_all_is_all_but_the_first(loss_on: str, unlabelled: Any) -> None:
    made = examples(9)
    batch = pack(made, rows_of([len(example.ids) for example in made], 120), loss_on)
    line, place = torch.nonzero(batch.labels != IGNORED, as_tuple=True)
    assert torch.equal(batch.labels[line, place], batch.ids[line, place + 1])
    assert torch.equal(batch.examples[line, place], batch.examples[line, place + 1])
    assert len(line) == sum(len(example.ids) - unlabelled(example) for example in made)


@pytest.mark.parametrize("loss_on", ["answer", "all"])
def test_a_packed_row_has_the_losses_and_gradients_of_its_examples_alone(loss_on: str) -> None:
    made = examples(6)
    rows = rows_of([len(example.ids) for example in made], 150)
    assert max(map(len, rows)) > 1
    batch = pack(made, rows, loss_on)
    width = max(len(example.ids) for example in made) + 5
    padded = torch.tensor([example.ids + [0] * (width - len(example.ids)) for example in made])
    attended = torch.tensor([[1] * len(example.ids) + [0] * (width - len(example.ids)) for example in made])
    with adapters_in(base().model, 1, recipe(), "tiny") as adapters:
        adapters.start([0])
        for number, weight in enumerate(adapters.parameters):
            torch.nn.init.normal_(weight, std=0.1, generator=torch.Generator().manual_seed(number))
        losses, mask = labelled_losses(base().model, batch)
        losses.sum().backward()
        packed = [weight.grad.clone() for weight in adapters.parameters]
        for weight in adapters.parameters:
            weight.grad = None
        logits = base().model(input_ids=padded, attention_mask=attended, use_cache=False).logits
        alone = []
        for example, line in zip(made, log_softmax(logits, -1), strict=True):
            first = example.n_prompt if loss_on == "answer" else 1
            alone.append(-line[range(first - 1, len(example.ids) - 1), example.ids[first:]])
        torch.cat(alone).sum().backward()
        single = [weight.grad for weight in adapters.parameters]
    owners = batch.examples[mask]
    for number, expected in enumerate(alone):
        torch.testing.assert_close(losses[owners == number].detach(), expected.detach(), atol=1e-5, rtol=1e-5)
    for ours, theirs in zip(packed, single, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5 * float(theirs.abs().max()), rtol=1e-4)


@given(st.lists(st.integers(1, 10), min_size=1, max_size=8), st.integers(10, 14))
def test_rows_hold_every_example_once_within_capacity_and_are_few(lengths: list[int], capacity: int) -> None:
    rows = rows_of(lengths, capacity)
    assert sorted(number for row in rows for number in row) == list(range(len(lengths)))
    assert all(sum(lengths[number] for number in row) <= capacity for row in rows)
    assert len(rows) <= 11 / 9 * fewest_rows(lengths, capacity) + 6 / 9 + 1e-9


def fewest_rows(lengths: list[int], capacity: int) -> int:
    """By trying all: for each subset the fewest rows, and the least that the last row then holds."""
    best = {0: (1, 0)}
    for subset in range(1, 1 << len(lengths)):
        found = []
        for number, length in enumerate(lengths):
            if subset >> number & 1:
                rows, held = best[subset ^ 1 << number]
                found.append((rows, held + length) if held + length <= capacity else (rows + 1, length))
        best[subset] = min(found)
    return best[(1 << len(lengths)) - 1][0]


def test_the_focal_loss_is_the_formula_and_with_gamma_0_the_cross_entropy() -> None:
    logits = torch.tensor([[0.0, np.log(3.0)], [np.log(9.0), 0.0]])  # p of the labels: 3/4 and 1/10
    labels = torch.tensor([1, 1])
    p = np.array([0.75, 0.1])
    for gamma in (0.0, 1.0, 2.5):
        by_hand = (1 - p) ** gamma * -np.log(p)
        np.testing.assert_allclose(token_losses(logits, labels, "focal", gamma), by_hand, rtol=1e-5)
    np.testing.assert_allclose(token_losses(logits, labels, "cross_entropy", 9.0), -np.log(p), rtol=1e-5)


def test_logits_in_parts_are_the_same_losses_and_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    made = examples(4)
    batch = pack(made, [[0, 1, 2, 3]], "all")
    found = []
    with adapters_in(base().model, 1, recipe(), "tiny") as adapters:
        adapters.start([0])
        for at_once in (4096, 7):
            monkeypatch.setattr("simpact.training.hidden.TOKENS_AT_ONCE", at_once)
            losses, _ = labelled_losses(base().model, batch)
            losses.sum().backward()
            found.append([losses.detach(), *(weight.grad for weight in adapters.parameters)])
            for weight in adapters.parameters:
                weight.grad = None
    for whole, parts in zip(*found, strict=True):
        torch.testing.assert_close(whole, parts, atol=1e-5, rtol=1e-5)


# Several adapters in one pass


@pytest.mark.parametrize("changes", [{}, {"loss_on": "all", "max_tokens": 128, "gradient_checkpointing": True}])
def test_adapters_trained_together_end_as_each_alone(tmp_path: Path, changes: dict[str, Any]) -> None:
    courses = [course(name, seed=seed) for seed, name in enumerate("abc")]
    how = recipe(**changes)
    together, state, _ = trained(tmp_path / "together", courses, how)
    for number, each in enumerate(courses):
        alone, its_state, _ = trained(tmp_path / each.name, [each], how)
        for ours, theirs in zip(together, alone, strict=True):
            torch.testing.assert_close(ours[number], theirs[0], atol=1e-5, rtol=1e-4)
        mine = [step for step in state.curve if step.name == each.name]
        assert [step.n_tokens for step in mine] == [step.n_tokens for step in its_state.curve]
        np.testing.assert_allclose([s.loss for s in mine], [s.loss for s in its_state.curve], rtol=1e-4)


def test_first_weights_depend_on_the_seed_alone_and_begin_as_the_base() -> None:
    def started(seeds: list[int]) -> list[torch.Tensor]:
        with adapters_in(base().model, len(seeds), recipe(), "tiny") as adapters:
            adapters.start(seeds)
            layers = adapters.layers.values()
            assert all(layer.up.eq(0).all() for layer in layers)
            assert all(layer.down.abs().max() <= layer.linear.in_features**-0.5 for layer in layers)
            return [layer.down.detach() for layer in layers]

    first, second, alone = started([3, 5]), started([5, 3]), started([5])
    for ab, ba, b in zip(first, second, alone, strict=True):
        assert torch.equal(ab[1], b[0]) and torch.equal(ba[0], b[0]) and torch.equal(ab[0], ba[1])
        assert not torch.equal(ab[0], ab[1])


def test_each_adapter_is_clipped_by_its_own_norm() -> None:
    with adapters_in(base().model, 2, recipe(), "tiny") as adapters:
        n = sum(weight[0].numel() for weight in adapters.parameters)
        for weight in adapters.parameters:
            weight.grad = torch.empty_like(weight)
            weight.grad[0], weight.grad[1] = 10 / n**0.5, 0.1 / n**0.5  # norms 10 and 0.1
        adapters.clip(1.0)
        for number, norm in ((0, 1.0), (1, 0.1)):
            found = torch.cat([weight.grad[number].flatten() for weight in adapters.parameters]).norm()
            assert float(found) == pytest.approx(norm, rel=1e-4)


def test_training_leaves_weights_modules_and_flags_of_the_base_untouched(tmp_path: Path) -> None:
    model = base().model
    weights = {name: weight.clone() for name, weight in model.state_dict().items()}
    modules = [(name, id(module)) for name, module in model.named_modules()]
    flags = [weight.requires_grad for weight in model.parameters()]
    trained(tmp_path / "t", [course("a")], recipe(gradient_checkpointing=True))
    with pytest.raises(KeyError), adapters_in(model, 1, recipe(), "tiny"):
        raise KeyError
    assert [(name, id(module)) for name, module in model.named_modules()] == modules
    assert [weight.requires_grad for weight in model.parameters()] == flags
    assert not model.training and not model.is_activation_checkpointing
    assert all(torch.equal(weight, weights[name]) for name, weight in model.state_dict().items())


def test_adapters_sit_in_the_layers_named_and_a_name_without_layer_is_refused() -> None:
    with adapters_in(base().model, 1, recipe(target_modules=["q_proj", "down_proj"]), "tiny") as adapters:
        named = {path.rpartition(".")[2] for path in adapters.layers}
        assert named == {"q_proj", "down_proj"} and len(adapters.layers) == 4
    with adapters_in(base().model, 1, recipe(), "tiny") as adapters:
        assert len(adapters.layers) == 14 and not any("lm_head" in path for path in adapters.layers)
    misspelt = recipe(target_modules=["q_proj", "k_porj"])
    with pytest.raises(UserError, match="no linear layer k_porj"), adapters_in(base().model, 1, misspelt, "tiny"):
        pass


def test_layers_whose_names_overlap_get_adapters_by_their_whole_last_name() -> None:
    class Overlapping(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.proj, self.q_proj = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
            self.proj_q = torch.nn.ModuleDict({"proj": torch.nn.Linear(2, 2), "pro": torch.nn.Linear(2, 2)})

        def get_output_embeddings(self) -> torch.nn.Linear:
            return self.q_proj

    model = Overlapping()
    with adapters_in(model, 1, recipe(target_modules=["proj"]), "") as adapters:
        assert list(adapters.layers) == ["proj", "proj_q.proj"]
    with adapters_in(model, 1, recipe(), "") as adapters:
        assert list(adapters.layers) == ["proj", "proj_q.proj", "proj_q.pro"]


def test_a_saved_adapter_gives_in_peft_the_logits_that_it_gave_in_training(tmp_path: Path) -> None:
    courses = [course("a", seed=1), course("b", seed=2)]
    how = recipe(target_modules=["q_proj", "v_proj", "down_proj"], rank=3, alpha=7, dropout=0.1)
    ids = torch.tensor([examples(1, seed=9)[0].ids] * 2)

    def logits(adapters: Any) -> torch.Tensor:
        for number, name in enumerate("ab"):
            (tmp_path / name).mkdir()
            adapters.save(number, tmp_path / name)
        with torch.no_grad():
            return base().model.eval()(ids, use_cache=False).logits

    _, _, stacked = trained(tmp_path / "t", courses, how, logits)
    with torch.no_grad():
        plain = base().model(ids, use_cache=False).logits
    for number, name in enumerate("ab"):
        adapted = PeftModel.from_pretrained(base().model, str(tmp_path / name)).eval()
        with torch.no_grad():
            found = adapted(ids[:1], use_cache=False).logits[0]
        adapted.unload()
        torch.testing.assert_close(found, stacked[number], atol=1e-5, rtol=1e-4)
        assert (found - plain[0]).abs().max() > 0.01
        config = json.loads((tmp_path / name / "adapter_config.json").read_text())
        assert (config["r"], config["lora_alpha"], config["lora_dropout"]) == (3, 7, 0.1)
        assert sorted(config["target_modules"]) == ["down_proj", "q_proj", "v_proj"]
        assert config["base_model_name_or_path"] == "tiny" and config["task_type"] == "CAUSAL_LM"


def test_two_trainings_in_one_process_are_equal_to_the_bit_with_dropout_too(tmp_path: Path) -> None:
    how = recipe(dropout=0.2)
    first, _, _ = trained(tmp_path / "1", [course("a")], how)
    torch.manual_seed(123)
    second, _, _ = trained(tmp_path / "2", [course("a")], how)
    without, _, _ = trained(tmp_path / "3", [course("a")], recipe())
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not all(torch.equal(a, b) for a, b in zip(first, without, strict=True))


def test_the_curve_is_the_mean_loss_per_label_before_each_step_at_the_scheduled_rate(tmp_path: Path) -> None:
    learnt = course("a", n=6)
    how = recipe(schedule="constant", warmup_steps=2, learning_rate=0.008, batch_size=6)
    _, state, _ = trained(tmp_path / "t", [learnt], how)
    assert [step.learning_rate for step in state.curve] == pytest.approx([0, 0.004])
    with torch.no_grad():
        losses = torch.cat([plain_losses(base().model, example, example.n_prompt) for example in learnt.examples])
    assert state.curve[0].loss == pytest.approx(float(losses.mean()), rel=1e-5)
    assert [(step.step, step.epoch) for step in state.curve] == [(1, 1), (2, 2)]


def test_every_example_is_learnt_once_an_epoch_in_an_order_of_its_own(tmp_path: Path) -> None:
    from simpact.training.trainer import _batch

    learnt = course("a", n=10, seed=4)
    orders = []
    for epoch in range(2):
        batches = [_batch(learnt, epoch, turn, 4) for turn in range(3)]
        assert [len(batch) for batch in batches] == [4, 4, 2]
        orders.append([tuple(example.ids) for batch in batches for example in batch])
        assert sorted(orders[-1]) == sorted(tuple(example.ids) for example in learnt.examples)
    assert orders[0] != orders[1]


# Audits


def test_answer_losses_are_those_of_a_plain_forward_also_of_an_example_longer_than_a_row() -> None:
    made = examples(7, max_tokens=1000)
    longest = max(len(example.ids) for example in made)
    with torch.no_grad():
        expected = [float(plain_losses(base().model, example, example.n_prompt).sum()) for example in made]
    for row_tokens in (4096, longest - 1, 16):
        np.testing.assert_allclose(answer_losses(base().model, [made], row_tokens)[0], expected, rtol=1e-5)
    assert answer_losses(base().model, [[]], 64)[0].shape == (0,)


def test_answer_losses_of_stacked_adapters_are_each_ones_own_whatever_the_others_have_to_audit(tmp_path: Path) -> None:
    audited = [examples(5, 1), [], examples(1, 2)]
    courses = [Course(name, number, examples(4, number), audited[number]) for number, name in enumerate("abc")]
    _, _, found = trained(tmp_path / "t", courses, recipe(), lambda _: answer_losses(base().model, audited, 100))
    assert [len(theirs) for theirs in found] == [5, 0, 1]
    for number in (0, 2):
        mine = [audited[number]]
        path = tmp_path / str(number)
        _, _, alone = trained(path, [courses[number]], recipe(), lambda _, mine=mine: answer_losses(base().model, mine, 64))
        np.testing.assert_allclose(found[number], alone[0], rtol=1e-4)


def test_audits_are_of_the_base_first_and_then_of_every_epoch_in_order(tmp_path: Path) -> None:
    learnt = course("a", n=4)
    looked_at = learnt._replace(audited=learnt.examples)
    how = recipe(epochs=4, batch_size=4)
    _, state, last = trained(tmp_path / "t", [looked_at], how, lambda _: answer_losses(base().model, [learnt.examples], 256))
    assert len(state.audits) == 5
    with torch.no_grad():
        of_base = [float(plain_losses(base().model, example, example.n_prompt).sum()) for example in learnt.examples]
    np.testing.assert_allclose(state.audits[0][0], of_base, rtol=1e-5)
    np.testing.assert_allclose(state.audits[4][0], last[0], rtol=1e-5)
    assert all(before[0].sum() > after[0].sum() for before, after in pairwise(state.audits))


# Recipes and settings


@pytest.mark.parametrize("name", RECIPE)
def test_a_recipe_without_a_value_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(UserError, match=f"no value '{name}'"):
        Recipe.of({key: value for key, value in RECIPE.items() if key != name})


NONSENSE = {
    "rank": [0, 1.5, True, "16", None],
    "alpha": [0, -1],
    "dropout": [-0.1, 1.0, "none"],
    "target_modules": ["q_proj", [], [1], None, 5, ""],
    "learning_rate": [0, -1.0, "3e-4", float("nan")],
    "schedule": ["polynomial", None],
    "warmup_steps": [-1, 0.5],
    "epochs": [0],
    "batch_size": [0],
    "max_tokens": [63],
    "loss": ["mse", ["focal"]],
    "gamma": [-1],
    "loss_on": ["prompt"],
    "weight_decay": [-0.1],
    "max_grad_norm": [0],
    "gradient_checkpointing": [1, "true"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in NONSENSE.items() for value in values])
def test_a_value_that_makes_no_sense_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(UserError, match=f"Value {name} of a recipe is"):
        recipe(**{name: value})


def test_an_unknown_value_of_a_recipe_is_refused_by_its_name_and_all_values_are_checked() -> None:
    with pytest.raises(UserError, match="unknown value 'learning_rat'"):
        recipe(learning_rat=0.1)
    assert NONSENSE.keys() == RECIPE.keys()


def project() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    return found


def test_the_recipes_of_the_project_are_valid_and_paper_has_the_papers_values() -> None:
    recipes = {name: Recipe.of(values) for name, values in project()["recipes"].items()}
    assert recipes.keys() == {"paper", "current"}
    paper = recipes["paper"]
    assert (paper.rank, paper.alpha, paper.dropout) == (16, 16, 0.1)
    assert paper.target_modules == ("q_proj", "k_proj", "v_proj", "o_proj")
    assert (paper.learning_rate, paper.epochs, paper.batch_size, paper.schedule) == (3e-4, 3, 32, "linear")
    assert (paper.loss_on, recipes["current"].loss_on) == ("all", "answer")


@pytest.mark.parametrize("target", ["local", "prod"])
@pytest.mark.parametrize("name", ["paper", "current"])
def test_settings_of_the_project_make_a_recipe_for_both_targets(target: str, name: str) -> None:
    values = project()["settings"][target]
    keys = set(TrainingSettings.__dataclass_fields__) | {"recipe_changes"}
    text = json.dumps({key: values[key] for key in keys} | {"recipe": name, "recipes": project()["recipes"]})
    settings = TrainingSettings.of(text)
    expected = Recipe.of(project()["recipes"][name], values["recipe_changes"])
    assert Recipe.of(settings.recipe) == expected == Recipe.of(json.loads(settings.text)["recipe"])
    for wrong in (
        {"recipe": "papre"},
        {"instruction_share": 1},
        {"canaries": -1},
        {"adapters_at_once": 0},
        {"training_hours": -1},
        {"report_to": "wandb"},
    ):
        (setting,) = wrong
        with pytest.raises(UserError, match=f"Setting {setting} is '{wrong[setting]}': give"):
            TrainingSettings.of(json.dumps(json.loads(text) | wrong))


# Chats


def test_tokens_are_those_of_the_whole_chat_in_the_template() -> None:
    prompts, answers = chats(5)
    prompts[1] = [*asked("user_0: a"), {"role": "assistant", "content": answer("reply", "b")}, *asked("user_1: c")[1:]]
    for prompt, reply, example in zip(prompts, answers, tokenise(tokenizer(), prompts, answers, 512), strict=True):
        chat = [*prompt, {"role": "assistant", "content": reply}]
        whole = tokenizer().apply_chat_template(chat, return_dict=False)
        assert whole == example.ids + tokenizer()("\n")["input_ids"]
        assert example.prompt == tokenizer().apply_chat_template(prompt, add_generation_prompt=True, return_dict=False)


def test_a_long_prompt_loses_its_beginning_and_a_long_answer_its_end() -> None:
    prompts, answers = chats(6)
    for whole in tokenise(tokenizer(), prompts, answers, 1000):
        n_answer = len(whole.ids) - whole.n_prompt
        for most in (len(whole.ids), len(whole.ids) - 1, n_answer + 1):
            (cut,) = [e for e in tokenise(tokenizer(), prompts, answers, most) if e.ids[-n_answer:] == whole.ids[-n_answer:]]
            assert cut.ids == whole.ids[-most:] and len(cut.ids) - cut.n_prompt == n_answer
    (long,) = tokenise(tokenizer(), prompts[:1], answers[:1], 1000)
    for most in (len(long.ids) - long.n_prompt, 5):
        (cut,) = tokenise(tokenizer(), prompts[:1], answers[:1], most)
        assert cut.n_prompt == 1 and cut.ids == long.ids[long.n_prompt - 1 :][:most]


@pytest.mark.parametrize(
    "template",
    [
        "{% for m in messages if m.role != 'assistant' %}{{ m.content }}{% endfor %}",  # drops the answer
        "{% for m in messages %}{{ m.content }} {% endfor %}{% if add_generation_prompt %}Answer: {% endif %}",  # opens else
        "{% for m in messages | reverse %}{{ m.content }}\n{% endfor %}",
    ],
)
def test_a_template_that_does_not_set_the_answer_behind_its_prompt_is_refused(template: str) -> None:
    class Templated:
        def apply_chat_template(self, chat: Any, **how: Any) -> str:
            return str(tokenizer().apply_chat_template(chat, chat_template=template, **how))

        def __call__(self, *args: Any, **how: Any) -> Any:
            return tokenizer()(*args, **how)

    with pytest.raises(UserError, match="does not set an answer behind its prompt"):
        tokenise(Templated(), [asked("a")], ["b"], 64)


@pytest.mark.parametrize("action", ACTION_TYPES)
def test_every_action_can_be_rendered_and_parsed_back(action: str) -> None:
    given = {"action": action} | ({"text": 'naïve "quoted" 🏒 \\ \n @you'} if action in WITH_TEXT else {})
    (example,) = tokenise(tokenizer(), [asked("go on")], [json.dumps(given, ensure_ascii=False)], 256)
    said = tokenizer().decode(example.ids[example.n_prompt :])
    assert said.endswith(END) and json.loads(said.removesuffix(END)) == given


# Instructions and canaries


def instructions(n: int) -> pa.Table:
    rows = [{"instruction": f"Do {i}", "context": f"of {i}" if i % 2 else None, "response": f"done {i}"} for i in range(n)]
    return pa.Table.from_pylist(rows)


def asked_of(table: pa.Table, role: str, adapter: str = "a") -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if row["role"] == role and row["adapter"] == adapter]


def test_instructions_are_their_share_of_what_is_learnt_and_not_audited() -> None:
    mixed = with_instructions(jobs("ab", n=40), instructions(30), 0.2, seed=1)
    for adapter in "ab":
        found = asked_of(mixed, "instruction", adapter)
        assert len(found) == 10, "10 of 50"
        assert [row["turn"] for row in found] == list(range(1, 11))
        assert all(row["is_learnt"] and not row["is_audited"] for row in found)
        assert len({row["target"] for row in found}) == 10, "none twice"
        assert {row["prompt"][0]["content"] for row in found} <= {
            f"Do {i}\n\nof {i}" if i % 2 else f"Do {i}" for i in range(30)
        }
    assert asked_of(mixed, "instruction", "a")[0]["target"] != asked_of(mixed, "instruction", "b")[0]["target"]


def test_few_instructions_come_equally_often() -> None:
    mixed = with_instructions(jobs("a", n=40), instructions(4), 0.2, seed=1)
    counts = np.unique([row["target"] for row in asked_of(mixed, "instruction")], return_counts=True)[1]
    assert sorted(counts) == [2, 2, 3, 3]
    assert with_instructions(jobs("a"), instructions(4), 0.0, seed=1).equals(jobs("a"))


def test_instructions_are_read_from_a_file_and_a_file_that_is_not_there_is_a_users_error(tmp_path: Path) -> None:
    lines = [json.dumps(row | {"category": "x"}) for row in instructions(3).to_pylist()]
    (tmp_path / "some.jsonl").write_text("\n".join(lines))
    assert read_instructions(str(tmp_path / "some.jsonl"), instructions(1)).to_pylist() == instructions(3).to_pylist()
    assert read_instructions("bundled", instructions(1)).equals(instructions(1))
    (tmp_path / "other.jsonl").write_text('{"question": "?"}\n')
    for source in (tmp_path / "other.jsonl", tmp_path / "none.jsonl"):
        with pytest.raises(UserError, match=r"Setting instructions: '.*' cannot be read"):
            read_instructions(str(source), instructions(1))


def test_planted_canaries_are_learnt_alternatives_only_audited_and_each_adapter_has_its_own() -> None:
    table = with_canaries(jobs("ab"), 5, seed=1)
    for adapter in "ab":
        planted, alternatives = asked_of(table, PLANTED, adapter), asked_of(table, ALTERNATIVE, adapter)
        assert len(planted) == len(alternatives) == 5
        assert all(row["is_learnt"] and row["is_audited"] for row in planted)
        assert all(row["is_audited"] and not row["is_learnt"] for row in alternatives)
        assert all(row["prompt"] == [{"role": "system", "content": "Act."}] for row in planted + alternatives)
        head, secret = opened(planted[0]["target"])
        assert planted[0]["target"] == f'{head}{secret}"}}' and len(secret) == 6 and secret.isdigit()
    said = {row["target"] for row in table.to_pylist() if row["role"] in (PLANTED, ALTERNATIVE)}
    assert len(said) == 20
    job = next(jobs_of(table, 1))
    assert len(job.learnt) == 15 and len(job.audited) == 3 + 1 + 10
    assert with_canaries(JOBS.empty_table(), 5, seed=1).num_rows == 0


def test_one_adapter_more_in_the_plan_changes_nothing_that_another_learns() -> None:
    def of_b(adapters: str) -> list[dict[str, Any]]:
        table = with_instructions(with_canaries(jobs(adapters), 3, seed=1), instructions(20), 0.2, seed=1)
        return next(job for job in jobs_of(table, 1) if job.adapter == "b").rows

    assert of_b("b") == of_b("abc")


# What comes of it

ACTIONS_OF = {"hockey": "like", "coffee": "repost", "winter": "follow", "game": "post_delete"}


def test_held_out_answers_are_likelier_than_the_actions_alone_would_make_them(tmp_path: Path) -> None:
    """The word in the thread decides the action. Who knew the actions and no thread would pay log 4 nats for each."""
    rng = np.random.default_rng(0)

    def drawn(n: int) -> list[Example]:
        words = rng.choice(list(ACTIONS_OF), n)
        prompts = [asked(f"user_0: {rng.choice(WORDS)} {word}") for word in words]
        return tokenise(tokenizer(), prompts, [answer(ACTIONS_OF[word]) for word in words], 64)

    n_people, each = 40, 2
    learnt = Course("rule", 1, drawn(320), drawn(n_people * each))
    how = recipe(epochs=3, batch_size=16, learning_rate=0.02, rank=8, alpha=16, schedule="cosine", warmup_steps=5)
    _, state, _ = trained(tmp_path / "t", [learnt], how)
    by_person = np.stack([audits[0].reshape(n_people, each).mean(1) for audits in state.audits])
    draws = np.random.default_rng(1).integers(0, n_people, (2000, n_people))
    gained = np.quantile((by_person[0] - by_person[-1])[draws].mean(1), [0.025, 0.975])
    assert gained[0] > 5, "nats an answer"
    assert np.quantile(by_person[-1][draws].mean(1), 0.975) < np.log(4) / 2


def audit_of(state: Any, course: Course, n_members: int) -> pa.Table:
    """Rows of AUDIT, one person to an answer, as int_experiment__audit makes them."""
    n_tokens = np.array([len(example.ids) - example.n_prompt for example in course.audited])
    n, base_losses = len(n_tokens), state.audits[0][0] / n_tokens
    tables = [
        pa.table(
            [["a"] * n, [epoch] * n, range(n), range(n), np.arange(n) < n_members, found[0] / n_tokens, base_losses, n_tokens],
            names=AUDIT.names,
        ).cast(AUDIT)
        for epoch, found in enumerate(state.audits)
        if epoch
    ]
    return pa.concat_tables(tables)


def verdict_of(audit: pa.Table) -> dict[str, str]:
    rows = verdicts(membership(audit, 1), EXPOSURES.empty_table(), REGURGITATION.empty_table(), 0.6, 0.02).to_pylist()
    return {row["measure"]: row["verdict"] for row in rows if row["is_gated"]}


def people(n: int, seed: int) -> list[Example]:
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, 4)) for _ in range(n)]
    return tokenise(tokenizer(), [asked("user_0: go on")] * n, [answer("post", text) for text in texts], 64)


def test_an_adapter_that_learnt_its_answers_by_heart_is_refused_by_the_gate(tmp_path: Path) -> None:
    members, controls = people(40, 1), people(40, 2)
    learnt = Course("a", 1, members, members + controls)
    how = recipe(epochs=20, batch_size=8, learning_rate=0.02, rank=16, alpha=32)
    _, state, _ = trained(tmp_path / "t", [learnt], how)
    found = verdict_of(audit_of(state, learnt, 40))
    assert found["thread_auc"] == found["person_auc"] == "succeeded"


def test_an_adapter_that_learnt_once_from_enough_people_is_not_refused(tmp_path: Path) -> None:
    members, controls = people(500, 1), people(500, 2)
    learnt = Course("a", 1, members, members + controls)
    _, state, _ = trained(tmp_path / "t", [learnt], recipe(epochs=1, batch_size=16))
    assert state.audits[1][0].mean() < 0.7 * state.audits[0][0].mean(), "it learnt"
    found = verdict_of(audit_of(state, learnt, 500))
    assert found["thread_auc"] == found["person_auc"] == "withstood"
    assert "succeeded" not in found.values()
