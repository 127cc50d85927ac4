"""Sentence-transformers as embedders: true to the model, the same in any company, and found without a network."""

import json
import random
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from kith.etl.encoders import CHUNK, SAME_TEXT, RunsOn, SentenceEncoder, card_of, open_encoder
from kith.etl.weights import Packaged, Weights, find_weights, packaged_minilm
from kith.persona.embedding import Embedder, ModelCard, Vectors, usable
from kith.persona.errors import BadInput
from kith.persona.hashing import HashEmbedder

MINILM = ModelCard(
    name="all-MiniLM-L6-v2",
    digest="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    dimension=384,
)
TEXTS = [
    "",
    " ",
    "ok",
    "🌊🔥",
    "我爱北京，你呢？",
    "أنا من القاهرة",
    "Any trail shoes under 100?",
    "I moved from Lisbon to Kraków in 2019.\nI still miss the sea.",
    "word " * 1000,
    "supercalifragilistic" * 30,
    *(f"{opening} {subject} {ending}" for opening in ("I think", "Sorry,", "Did you know?") for subject in
      ("my sister", "our neighbour Ana", "the new bike") for ending in
      ("is late", "moved to New York", "can't stand cold coffee and says so every morning",
       "is looking for a quiet place to read " * 5, "?", "is 42")),
]  # fmt: skip


@pytest.fixture(scope="module")
def minilm() -> SentenceEncoder:
    encoder = open_encoder("default")
    assert isinstance(encoder, SentenceEncoder)
    return encoder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 1024 dimensions with weights by chance, as sentence-transformers saves it."""
    # Named at run time: their types are unknown in part.
    base: Any = import_module("sentence_transformers.base.modules")
    modules: Any = import_module("sentence_transformers.sentence_transformer.modules")
    sentence_transformers: Any = import_module("sentence_transformers")
    transformers: Any = import_module("transformers")
    torch: Any = import_module("torch")

    raw, folder = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("models") / "tiny"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefghijklmnopqrstuvwxyz", "trail", "shoes", "##s"]
    (raw / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    torch.manual_seed(7)
    config = transformers.BertConfig(
        vocab_size=len(words), hidden_size=1024, num_hidden_layers=1, num_attention_heads=8, intermediate_size=64
    )
    transformers.BertModel(config).save_pretrained(raw)
    transformers.BertTokenizerFast(vocab=str(raw / "vocab.txt")).save_pretrained(raw)
    parts = [base.Transformer(str(raw), max_seq_length=32), modules.Pooling(1024)]
    sentence_transformers.SentenceTransformer(modules=parts, device="cpu").save(str(folder), create_model_card=False)
    return folder


def cosines(one: Vectors, other: Vectors) -> Vectors:
    return (one * other).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)


def test_the_default_model_is_the_one_it_should_be(minilm: SentenceEncoder) -> None:
    assert minilm.card == MINILM
    assert minilm.runs_on.device in ("cpu", "cuda")
    assert card_of("default") == MINILM
    assert str(RunsOn("cpu", "bfloat16")) == "cpu, bfloat16"


@pytest.fixture(scope="module")
def whole(minilm: SentenceEncoder) -> Vectors:
    """The vectors of all the texts, made in one call."""
    return minilm.embed(TEXTS)


def test_vectors_are_those_of_the_model_itself(whole: Vectors) -> None:
    from sentence_transformers import SentenceTransformer

    plain = cast("Any", SentenceTransformer(str(packaged_minilm().folder), device="cpu", local_files_only=True))
    expected: Vectors = plain.encode(TEXTS, batch_size=4, show_progress_bar=False)
    assert (whole.shape, whole.dtype) == ((len(TEXTS), 384), np.float32)
    assert cosines(whole, expected).min() >= SAME_TEXT
    np.testing.assert_allclose(np.linalg.norm(whole, axis=1), 1, rtol=1e-6)


def test_an_empty_call_gives_no_rows(minilm: SentenceEncoder) -> None:
    vectors = minilm.embed([])
    assert (vectors.shape, vectors.dtype) == ((0, 384), np.float32)


def test_a_text_has_the_same_vector_in_any_company(minilm: SentenceEncoder, whole: Vectors) -> None:
    chance = random.Random(7)
    for size in (1, 2, 5, 17, 40):
        chosen = chance.sample(range(len(TEXTS)), size)
        vectors = minilm.embed([TEXTS[at] for at in chosen])
        assert cosines(vectors, whole[chosen]).min() >= SAME_TEXT


def test_a_text_that_stands_twice_has_one_vector_in_both_places(minilm: SentenceEncoder) -> None:
    one, other, again = minilm.embed(["trail shoes", "tax return", "trail shoes"])
    assert one.tolist() == again.tolist() != other.tolist()


def test_texts_of_like_meaning_are_nearer(minilm: SentenceEncoder) -> None:
    asked, near, far = minilm.embed(
        ["Any trail shoes under 100?", "looking for cheap running footwear", "my tax return is late"]
    )
    assert asked @ near > asked @ far + 0.2


def test_half_a_surrogate_pair_is_no_obstacle(minilm: SentenceEncoder) -> None:
    assert usable(minilm.embed(["\ud800", "a \udfff b"])).all()


def test_calls_from_many_threads_do_not_disturb_each_other(minilm: SentenceEncoder, whole: Vectors) -> None:
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(minilm.embed, [TEXTS[at::4] for at in range(4)] * 2))
    for at, vectors in enumerate(found):
        assert cosines(vectors, whole[at % 4 :: 4]).min() >= SAME_TEXT


def test_a_model_of_1024_dimensions_opens_by_its_path(tiny: Path) -> None:
    encoder = open_encoder(str(tiny))
    digest = sha256((tiny / "model.safetensors").read_bytes()).hexdigest()
    assert encoder.card == card_of(str(tiny)) == ModelCard(name="tiny", digest=digest, dimension=1024)
    vectors = encoder.embed(["trail shoes", "", "xyz"])
    assert vectors.shape == (3, 1024)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)


def test_a_long_call_keeps_its_order(tiny: Path) -> None:
    encoder = open_encoder(str(tiny))
    letters = "abcdefghijklmnopqrstuvwxyz"
    texts = [f"{letters[at % 26]} {letters[at // 26 % 26]} {letters[at % 7]}" for at in range(CHUNK + 50)]
    vectors = encoder.embed(texts)
    some = [0, 1, 30, CHUNK - 1, CHUNK, CHUNK + 49]
    assert cosines(vectors[some], encoder.embed([texts[at] for at in some])).min() >= SAME_TEXT


def test_the_hashing_embedder_is_a_name_too() -> None:
    assert open_encoder("hash") == HashEmbedder()
    assert card_of("hash") == HashEmbedder().card


@pytest.mark.usefixtures("no_network")
def test_nothing_is_asked_of_a_network(tiny: Path) -> None:
    encoders: list[Embedder] = [open_encoder(name) for name in ("default", str(tiny))]
    assert [encoder.card.name for encoder in encoders] == ["all-MiniLM-L6-v2", "tiny"]
    assert find_weights("sentence-transformers/all-MiniLM-L6-v2") == find_weights("default")


def test_loading_is_quiet(tiny: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from transformers.utils import logging

    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    open_encoder(str(tiny)).embed(["trail"])
    assert capfd.readouterr() == ("", "")
    assert (logging.is_progress_bar_enabled(), logging.get_verbosity()) == (bars, verbosity)


def test_weights_that_were_changed_are_refused(tmp_path: Path) -> None:
    original = packaged_minilm()
    folder = tmp_path / "model"
    shutil.copytree(original.folder, folder)
    weights = folder / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    with pytest.raises(BadInput, match=r"'all-MiniLM-L6-v2'.*not the ones they should be.*Install"):
        open_encoder("default", packaged=Packaged(original.name, folder, original.sha256, 384))
    weights.unlink()
    with pytest.raises(BadInput, match=r"model\.safetensors' is missing\. Install"):
        open_encoder("default", packaged=Packaged(original.name, folder, original.sha256, 384))


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no weights"):
        open_encoder(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(BadInput, match="cannot be loaded as a sentence-transformers model"):
        open_encoder(str(tmp_path))


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "~/no such folder", "a/b/c", "", "two words"])
def test_a_path_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="there is no such folder"):
        open_encoder(name)


def test_the_digest_is_of_all_weights_and_of_the_safe_ones(tmp_path: Path) -> None:
    def write(path: str, content: bytes) -> str:
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
        return sha256(content).hexdigest()

    main = write("model.safetensors", b"main")
    write("pytorch_model.bin", b"the same, pickled")
    write("onnx/model.safetensors", b"for another runtime")
    write("config.json", b"{}")
    assert find_weights(str(tmp_path)) == Weights(tmp_path.name, tmp_path, main)
    dense = write("2_Dense/pytorch_model.bin", b"dense")
    listed = f"{dense}  2_Dense/pytorch_model.bin\n{main}  model.safetensors\n"
    assert find_weights(str(tmp_path)).digest == sha256(listed.encode()).hexdigest()


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As HF_HUB_OFFLINE=1 and an empty HF_HUB_CACHE do, which are read once, on import."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "usual"))


@pytest.mark.usefixtures("offline", "no_network")
@pytest.mark.parametrize("name", ["all-roberta-large-v1", "intfloat/e5-small-v2"])
def test_a_hub_model_that_is_not_here_is_refused_offline(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"'{name}'.*not on this machine and could not be fetched.*path of a folder"):
        open_encoder(name, home=tmp_path)


@pytest.mark.usefixtures("offline", "no_network")
@pytest.mark.parametrize("cache", ["usual", "home/models"])
def test_a_hub_model_that_a_cache_holds_is_opened_offline(cache: str, tiny: Path, tmp_path: Path) -> None:
    revision = "0" * 40
    repository = tmp_path / cache / "models--sentence-transformers--tiny"
    shutil.copytree(tiny, repository / "snapshots" / revision)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(revision, encoding="utf-8")
    encoder = open_encoder("tiny", home=tmp_path / "home")
    assert encoder.card == ModelCard("tiny", open_encoder(str(tiny)).card.digest, 1024)


def test_padding_before_the_text_is_cut_off_there(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "padded"
    shutil.copytree(tiny, folder)
    settings = folder / "tokenizer_config.json"
    said = json.loads(settings.read_text(encoding="utf-8"))
    settings.write_text(json.dumps({**said, "padding_side": "left"}), encoding="utf-8")
    encoder = open_encoder(str(folder))
    long = " ".join("abcdefghij" * 3)
    short = [f"{letter} {other}" for letter in "abcdefghijklmnopqrstuvwxyz" for other in "abcdefghij"]
    # So many short texts fill batches of their own, and come out as they do without the long one.
    assert cosines(encoder.embed([long, *short])[1:40], encoder.embed(short)[:39]).min() >= SAME_TEXT


def test_a_model_without_a_transformer_opens_too(tmp_path: Path) -> None:
    modules: Any = import_module("sentence_transformers.sentence_transformer.modules")
    sentence_transformers: Any = import_module("sentence_transformers")
    tokenizers: Any = import_module("tokenizers")

    words = tokenizers.models.WordLevel({"[UNK]": 0, "trail": 1, "shoes": 2}, unk_token="[UNK]")  # noqa: S106
    tokenizer = tokenizers.Tokenizer(words)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    static = modules.StaticEmbedding(tokenizer, embedding_weights=np.eye(3, dtype=np.float32))
    sentence_transformers.SentenceTransformer(modules=[static], device="cpu").save(
        str(tmp_path / "static"), create_model_card=False
    )
    encoder = open_encoder(str(tmp_path / "static"))
    vectors = encoder.embed(["shoes", "", "trail", "shoes trail"])
    half = np.sqrt(0.5)
    np.testing.assert_allclose(vectors, [[0, 0, 1], [0, 0, 0], [0, 1, 0], [0, half, half]], atol=1e-2)
    assert usable(vectors).tolist() == [True, False, True, True]
