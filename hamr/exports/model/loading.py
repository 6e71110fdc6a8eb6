"""How an exported model is loaded, in a few lines of Python, for its card."""

from __future__ import annotations

from hamr.inference.manifest import Manifest

SENTENCES = """\
```python
from sentence_transformers import SentenceTransformer
model = SentenceTransformer("{folder}")
logits = model.encode(["a text", "another text"], convert_to_tensor=True)
```

`logits` has one row for each text and one column for each class. Probabilities are
`logits.softmax(1)`; the name of column 3 is `model[0].auto_model.config.id2label[3]`, and all of
them are under `id2label` in `config.json`. Leave `normalize_embeddings` off."""

TRANSFORMERS = """\
```python
from transformers import pipeline
find = pipeline("token-classification", "{folder}", aggregation_strategy="first")
found = find("a sentence")
```

A word has the tag of its first token, which is what `aggregation_strategy="first"` takes. The model
was trained on sentences whose words are parted by blanks: put blanks around punctuation, as your
training data have them. For sentences of more than {length} tokens give the pipeline
`stride={stride}`: it then reads windows that overlap by so many tokens."""

ONNX_TEXTS = """\
```python
import onnxruntime, tokenizers
read = tokenizers.Tokenizer.from_file("tokenizer.json").encode_batch(["a text", "another text"])
session = onnxruntime.InferenceSession("model.onnx")
logits, probabilities = session.run(None, {"input_ids": [one.ids for one in read],
                                           "attention_mask": [one.attention_mask for one in read]})
```

`probabilities` has one row for each text and one column for each class; the names are under
`id2label` in `config.json`. The tokenizer cuts texts at {length} tokens. Other languages have
onnxruntime, too; in a browser, onnxruntime-web reads the file. transformers.js does with
`pipeline("text-classification", folder, {subfolder: "", dtype: "fp32"})`."""

ONNX_WORDS = """\
```python
import numpy as np, onnxruntime, tokenizers
read = tokenizers.Tokenizer.from_file("tokenizer.json").encode(words, is_pretokenized=True)
inputs = {"input_ids": [read.ids], "attention_mask": [read.attention_mask]}%s
logits, probabilities = onnxruntime.InferenceSession("model.onnx").run(None, inputs)
tags = {word: probabilities[0, at].argmax() for at, word in reversed(list(enumerate(read.word_ids)))
        if word is not None}  # of each word the tag of its first token
```

`words` is a sentence as a list of words, `["Emotet", "spreads", "by", "mail"]`; the names of the
tags are under `id2label` in `config.json`. A word has the tag of its first token. Sentences of more
than {length} tokens are cut: read them in windows of so many tokens that overlap by {stride}, and
take each word from the window in which it is farthest from an end."""

OF_WORDS = """
inputs["word_ids"] = [[-1 if word is None else word for word in read.word_ids]]"""


TOGETHER = """\
**The tags of a sentence are chosen together**, by how tags follow each other in the training
sentences, and the scores below are of these tags. What the model itself computes is the
probabilities of each word alone. With `p`, one row for each word of a sentence, the probabilities
of its first token:

```python
import json
import numpy as np
with open("transitions.json", encoding="utf-8") as file:
    found = json.load(file)
first, step, last = (np.array(found[name]) for name in ("first", "step", "last"))
words = np.log(np.maximum(p, 1e-37))
score, back = words[0] + first, []
for word in words[1:]:
    ways = score[:, None] + step
    back.append(ways.argmax(0))
    score = ways.max(0) + word
tags = [int((score + last).argmax())]
for before in reversed(back):
    tags.insert(0, int(before[tags[0]]))
names = [found["tags"][tag] for tag in tags]
```

`hamr.load_model(folder)` does this by itself. The most probable tag of each word, which pipelines
take, is another one in places."""


def lines(manifest: Manifest, difference: float) -> list[str]:
    """The section of the card, for the folder that it lies in."""
    text = _text(manifest)
    text = text.replace("{folder}", "path/to/this/folder")
    text = text.replace("{length}", str(manifest.max_length))
    text = text.replace("{stride}", str(max(1, manifest.max_length // 8)))
    return [
        text,
        *(["", TOGETHER] if manifest.details.get("transitions") else []),
        "",
        "With HAMR: `hamr.load_model(folder).predict(texts)`. When the model was exported, its "
        f"probabilities were compared with those of the run: they differ by {difference:.1g} at "
        "most.",
    ]


def _text(manifest: Manifest) -> str:
    if manifest.format == "onnx":
        if not manifest.of_words:
            return ONNX_TEXTS
        return ONNX_WORDS.replace("%s", OF_WORDS if manifest.pooling == "mean" else "")
    return TRANSFORMERS if manifest.format == "transformers" else SENTENCES
