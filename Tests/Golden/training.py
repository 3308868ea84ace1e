"""The reference training loop: what every `steps` list in the golden files is made by.

One optimizer step: for each microbatch, loss = (sum of token cross-entropies) / (target tokens of the whole step), backward;
then clip the global norm, AdamW, advance the schedule.
"""

import torch
import transformers

IGNORE = -100


def pad(sequences, prompt_lengths, padding=0):
    """Right-padded ids, mask and labels; labels are -100 on prompt and padding, not shifted."""
    longest = max(map(len, sequences))
    rows = [list(s) + [padding] * (longest - len(s)) for s in sequences]
    mask = [[1] * len(s) + [0] * (longest - len(s)) for s in sequences]
    labels = [[IGNORE] * p + list(s[p:]) + [IGNORE] * (longest - len(s)) for s, p in zip(sequences, prompt_lengths)]
    return {"input_ids": rows, "attention_mask": mask, "labels": labels}


def random_batch(generator, vocabulary, lengths, prompt_lengths):
    sequences = [torch.randint(3, vocabulary, (n,), generator=generator).tolist() for n in lengths]
    return pad(sequences, prompt_lengths)


def target_count(batches):
    """Labels that are predicted: position 0 never is, because labels are shifted by one."""
    return sum(label != IGNORE for batch in batches for row in batch["labels"] for label in row[1:])


def inputs(batch):
    return {key: torch.tensor(value) for key, value in batch.items()}


def summary(tensor):
    """L2 norm and sum (in double) and a copy of the first eight values of the row-major order, which clipping would scale."""
    flat = tensor.detach().reshape(-1)
    return {"shape": list(tensor.shape), "norm": flat.double().norm(), "sum": flat.double().sum(), "first": flat[:8].clone()}


def trainable(model):
    return [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]


def train(model, schedule, learning_rate, weight_decay, warmup_steps=2, with_gradients=True, with_parameters=True):
    """Train over `schedule`, a list with one list of microbatches per step; returns the golden record."""
    parameters = trainable(model)
    optimizer = torch.optim.AdamW([p for _, p in parameters], lr=learning_rate, betas=(0.9, 0.999), eps=1e-8,
                                  weight_decay=weight_decay)
    scheduler = transformers.get_cosine_schedule_with_warmup(optimizer, warmup_steps, len(schedule))
    record = {
        "optimizer": {"name": "AdamW", "learning_rate": learning_rate, "betas": [0.9, 0.999], "eps": 1e-8,
                      "weight_decay": weight_decay, "decayed": "every trainable parameter", "max_gradient_norm": 1.0},
        "schedule": {"name": "cosine with linear warm-up", "warmup_steps": warmup_steps, "total_steps": len(schedule)},
        "trainable_parameters": sum(p.numel() for _, p in parameters),
        "steps": [],
    }
    for index, microbatches in enumerate(schedule):
        targets = target_count(microbatches)
        loss = 0.0
        for batch in microbatches:
            part = model(**inputs(batch), num_items_in_batch=targets).loss
            part.backward()
            loss += part.item()
        if index == 0 and with_gradients:
            record["first_step_gradients"] = {name: summary(p.grad) for name, p in parameters}
        norm = torch.nn.utils.clip_grad_norm_([p for _, p in parameters], 1.0)
        record["steps"].append({"loss": loss, "gradient_norm": norm, "learning_rate": scheduler.get_last_lr()[0],
                                "target_tokens": targets})
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad()
    if with_parameters:
        record["final_parameters"] = {name: summary(p) for name, p in parameters}
    return record
