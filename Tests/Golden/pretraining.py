"""Continued pretraining of the tiny checkpoints on packed blocks, with attention crossing documents and kept inside them.

    python Tests/Golden/pretraining.py        writes Tests/Fixtures/golden/tiny-pretraining.json
"""

import torch

import goldenfile
import tiny_models
import training

END = 2
BLOCKS = [[9, 14, 9], [20, 5, 7]]  # lengths of the documents of each 32-token block, end token included
STEPS = 6

VARIANTS = {
    "crossing": "What transformers does by default (its run_clm example): documents and end tokens concatenated and cut into blocks; "
                "labels are the ids; plain causal attention over the block, positions 0 ... 31. 31 targets a block: the first token is never "
                "predicted, the first token of the next document is, from the end token.",
    "separated": "position_ids restart at 0 in every document, no attention_mask, no cache: transformers then finds the documents in the "
                 "positions and masks attention between them. Labels are the ids, so the first token of the next document is "
                 "still a target, predicted from the end token.",
    "separated-unlabelled": "As separated, and the first token of every document has label -100: what DataCollatorWithFlattening gives.",
}


def packed_blocks():
    generator = torch.Generator().manual_seed(600)
    return [[token for n in lengths for token in torch.randint(3, 320, (n - 1,), generator=generator).tolist() + [END]]
            for lengths in BLOCKS]


def batch_of(variant, blocks):
    batch = {"input_ids": blocks, "labels": [list(block) for block in blocks]}
    if variant == "crossing":
        batch["attention_mask"] = [[1] * len(block) for block in blocks]
        return batch
    batch["position_ids"] = [[p for n in lengths for p in range(n)] for lengths in BLOCKS]
    if variant == "separated-unlabelled":
        for labels, positions in zip(batch["labels"], batch["position_ids"]):
            labels[:] = [training.IGNORE if p == 0 else label for label, p in zip(labels, positions)]
    return batch


def token_losses(model, batch):
    """Cross-entropy of each label, one row a block; 0 where nothing is predicted. Entry t is the loss of the label at t + 1."""
    with torch.no_grad():
        logits = model(**{key: value for key, value in training.inputs(batch).items() if key != "labels"}).logits
    labels = torch.tensor(batch["labels"])[:, 1:]
    return torch.nn.functional.cross_entropy(logits[:, :-1].transpose(1, 2), labels, ignore_index=training.IGNORE, reduction="none")


def check_separation(model, batch):
    """A document inside a separated block has the logits it has alone."""
    with torch.no_grad():
        packed = model(input_ids=torch.tensor(batch["input_ids"]), position_ids=torch.tensor(batch["position_ids"])).logits
        for row, lengths in enumerate(BLOCKS):
            start = 0
            for length in lengths:
                alone = model(torch.tensor([batch["input_ids"][row][start : start + length]])).logits[0]
                assert (packed[row, start : start + length] - alone).abs().max() < 1e-5
                start += length


def load(name):
    model = tiny_models.load(name)
    model.config.use_cache = False
    return model


def main():
    blocks, cases = packed_blocks(), []
    batches = {variant: batch_of(variant, blocks) for variant in VARIANTS}
    for name in tiny_models.CONFIGURATIONS:
        check_separation(load(name), batches["separated"])
        for variant, batch in batches.items():
            record = {"model": name, "variant": variant, "first_step_token_losses": token_losses(load(name), batch),
                      **training.train(load(name), [[batch]] * STEPS, 1e-3, 0.1, with_parameters=False)}
            print(f"  {name} {variant}: {[round(step['loss'], 4) for step in record['steps']]}")
            cases.append(record)
    goldenfile.write("tiny-pretraining", __file__, {
        "variants": VARIANTS, "documents": BLOCKS, "end_token": END, "attention": "eager",
        "loss": "sum of token cross-entropies / targets of the step; labels[t] is compared with the logits at t - 1",
        "batches": batches, "cases": cases,
    }, ("transformers",))


if __name__ == "__main__":
    main()
