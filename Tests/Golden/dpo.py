"""Direct preference optimisation of the tiny checkpoints, run by TRL's DPOTrainer.

    python Tests/Golden/dpo.py        writes Tests/Fixtures/golden/tiny-dpo.json

The trainer, its collator and its loss are TRL's; only the tokenisation is bypassed, because the pairs are token ids.
Two policies: an adapter whose reference is the same model with the adapter off, and full weights with a frozen copy as reference.
"""

import tempfile

import datasets
import peft
import tokenizers
import torch
import transformers
import trl

import goldenfile
import tiny_models
import training

STEPS = 5
BETA = 0.1
PAIRS = [(5, 9, 6), (3, 4, 12), (8, 7, 7), (2, 1, 5)]  # tokens of prompt, chosen, rejected


def random_pairs():
    generator = torch.Generator().manual_seed(500)
    draw = lambda n: torch.randint(3, 320, (n,), generator=generator).tolist()
    return [{"prompt_ids": draw(p), "chosen_ids": draw(c), "rejected_ids": draw(r)} for p, c, r in PAIRS]


def tokenizer():
    words = {f"<{i}>": i for i in range(320)}
    plain = tokenizers.Tokenizer(tokenizers.models.WordLevel(words, unk_token="<0>"))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=plain, pad_token="<0>", eos_token="<2>")


class RecordingTrainer(trl.DPOTrainer):
    """Keeps, for every step, TRL's loss and metrics and the summed log-probabilities of each sequence."""

    def _prepare_dataset(self, dataset, *arguments):
        return dataset

    def sequence_log_probabilities(self, model, inputs):
        labels = inputs["input_ids"].masked_fill(inputs["completion_mask"] == 0, -100)
        with torch.no_grad():
            out = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], labels=labels,
                        use_cache=False, fused_lm_head=True)
        return out.log_probs.sum(dim=1).chunk(2)

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        if not hasattr(self, "records"):
            self.records, self.batch = [], {key: value.tolist() for key, value in inputs.items()}
        loss = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        metrics = {key: value[-1] for key, value in self._metrics["train"].items()}
        chosen, rejected = self.sequence_log_probabilities(model, inputs)
        reference = self.ref_model or self.model
        reference_chosen, reference_rejected = self.compute_ref_log_probs(reference, inputs)
        margin = BETA * ((chosen - reference_chosen) - (rejected - reference_rejected))
        assert abs(-torch.nn.functional.logsigmoid(margin).mean() - loss.detach()) < 1e-5
        self.records.append({
            "loss": loss, "rewards_chosen": metrics["rewards/chosen"], "rewards_rejected": metrics["rewards/rejected"],
            "rewards_margins": metrics["rewards/margins"], "rewards_accuracies": metrics["rewards/accuracies"],
            "log_probability_chosen": chosen, "log_probability_rejected": rejected,
            "reference_log_probability_chosen": reference_chosen, "reference_log_probability_rejected": reference_rejected,
        })
        return loss


def run(name, load, pairs, learning_rate, adapter=None, fill=None):
    """Train one policy; `fill` sets the values of the new adapter `adapter` describes. Returns the batch and the record."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = trl.DPOConfig(
            output_dir=folder, use_cpu=True, bf16=False, per_device_train_batch_size=len(pairs), max_steps=STEPS,
            learning_rate=learning_rate, lr_scheduler_type="constant", warmup_steps=0, weight_decay=0.0, max_grad_norm=1.0,
            optim="adamw_torch", logging_steps=1, save_strategy="no", report_to=[], gradient_checkpointing=False,
            beta=BETA, loss_type=["sigmoid"], disable_dropout=True, remove_unused_columns=False, max_length=None,
            train_sampling_strategy="sequential", disable_tqdm=True,
        )
        keywords = {"peft_config": adapter} if adapter else {"ref_model": load()}
        trainer = RecordingTrainer(model=load(), args=arguments, train_dataset=datasets.Dataset.from_list(pairs),
                                   processing_class=tokenizer(), **keywords)
        if adapter:
            # Given to the trainer as a PEFT model, the adapter would be copied to serve as the reference. Filled afterwards,
            # the reference is the model with the adapter off.
            fill(trainer.model)
            assert list(trainer.model.peft_config) == ["default"]
        gradients = {}
        norms = []
        clip = trainer.accelerator.clip_grad_norm_

        def clip_and_record(parameters, *rest, **options):
            if not gradients:
                gradients.update({key: training.summary(p.grad) for key, p in training.trainable(trainer.model)})
            norms.append(clip(parameters, *rest, **options))
            return norms[-1]

        trainer.accelerator.clip_grad_norm_ = clip_and_record
        trainer.train()
    assert len(norms) == STEPS and len(trainer.records) == STEPS
    for record, norm in zip(trainer.records, norms):
        record["gradient_norm"] = norm
    policy = "adapter" if adapter else "full"
    print(f"  {name} {policy}: loss {[round(float(r['loss']), 4) for r in trainer.records]}")
    return trainer.batch, {
        "model": name, "policy": policy, "reference": "adapter off" if adapter else "frozen copy",
        "optimizer": {"name": "AdamW", "learning_rate": learning_rate, "schedule": "constant", "betas": [0.9, 0.999],
                      "eps": 1e-8, "weight_decay": 0.0, "max_gradient_norm": 1.0},
        "steps": trainer.records, "first_step_gradients": gradients,
    }


DESCRIPTION = {
    "beta": BETA, "loss_type": "sigmoid", "label_smoothing": 0.0, "attention": "eager",
    "loss": "mean over pairs of -log sigmoid(beta * ((chosen - reference chosen) - (rejected - reference rejected)))",
    "counted": "log-probabilities are summed over the tokens of chosen_ids / rejected_ids only (completion_mask 1), each "
               "predicted from the position before it; the first one from the last prompt token; no length normalisation",
    "layout": "the batch holds the chosen sequences first, then the rejected ones, padded on the right",
}


def main():
    cases, pairs = [], random_pairs()
    for name in tiny_models.CONFIGURATIONS:
        load = lambda: tiny_models.load(name)
        adapter = f"{name}-lora"
        configuration = peft.LoraConfig.from_pretrained(goldenfile.MODELS / adapter)
        configuration.inference_mode = False
        weights = peft.load_peft_weights(goldenfile.MODELS / adapter)
        fill = lambda model: peft.set_peft_model_state_dict(model, weights)
        batch, case = run(name, load, pairs, 5e-3, configuration, fill)
        cases.append({**case, "adapter": adapter})
        batch, case = run(name, load, pairs, 1e-3)
        cases.append(case)
    goldenfile.write("tiny-dpo", __file__, {**DESCRIPTION, "pairs": pairs, "batch": batch, "cases": cases},
                     ("transformers", "peft", "trl", "accelerate"))


if __name__ == "__main__":
    main()
