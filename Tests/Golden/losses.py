"""Losses of TRL's trainers for framework_memory.py: chunked supervised loss and DPO (1.16), concatenated DPO (0.13).

Real TRL code where it runs on fake tensors; the rest repeats its tensor operations in order, because Python locals decide what stays alive.
Every pair has the same lengths and no prompt, so no position is masked. `inputs` hold chosen sequences first, then rejected ones.
"""

import torch
import torch.nn.functional as F


def patch_chunked_head(model, outputs):
    """Adds TRL 1.16's fused head. Its Triton kernels work inside one tile and allocate nothing."""
    import trl.kernels.chunked_logprob as chunked
    import trl.trainer.utils as utils

    nothing = lambda *_, **__: None
    chunked._use_triton = utils._use_triton = lambda _: False
    chunked._forward_tile = chunked._backward_tile = chunked._addmm_fp32 = nothing
    utils.add_fused_lm_head(model, outputs=outputs)


def chunked_supervised(model, inputs, items):
    """SFTTrainer.compute_loss of TRL 1.16."""
    inputs["use_cache"] = False
    outputs = model(**inputs, fused_lm_head=True)
    per_token_loss = -outputs.log_probs
    loss = per_token_loss.sum() / torch.as_tensor(items).clamp(min=1)
    entropy = outputs.entropy.detach().sum()
    correct = outputs.is_top1.sum()
    return loss


def dpo_current(model, inputs, items):
    """DPOTrainer._compute_loss of TRL 1.16: the policy with its graph, then the reference with adapters off."""
    from trl.trainer.utils import use_adapter
    from trl.models.utils import disable_gradient_checkpointing

    labels = inputs["labels"]
    outputs = model(input_ids=inputs["input_ids"], use_cache=False, labels=labels, fused_lm_head=True)
    per_token_logps = outputs.log_probs
    logps = per_token_logps.sum(dim=1)
    chosen, rejected = logps.chunk(2, dim=0)
    with torch.no_grad(), disable_gradient_checkpointing(model, {}), use_adapter(model, adapter_name=None):
        reference_outputs = model(input_ids=inputs["input_ids"], use_cache=False, labels=labels, fused_lm_head=True)
    reference = reference_outputs.log_probs.sum(dim=1)
    reference_chosen, reference_rejected = reference.chunk(2, dim=0)
    return -F.logsigmoid(0.1 * ((chosen - reference_chosen) - (rejected - reference_rejected))).mean()


def concatenated_forward(model, inputs):
    """DPOTrainer.concatenated_forward of TRL 0.13."""
    input_ids = inputs["input_ids"]
    half = input_ids.shape[0] // 2
    outputs = model(input_ids=input_ids)
    logits = outputs.logits[:, :-1, :]
    labels = input_ids[:, 1:].clone()
    per_token_logps = torch.gather(logits.log_softmax(-1), dim=2, index=labels.unsqueeze(2)).squeeze(2)
    per_token_logps = torch.index_put(per_token_logps, (torch.zeros((1,), dtype=torch.int64, device="cuda"),), torch.zeros((), device="cuda"))
    all_logps = per_token_logps.sum(-1)
    output = {"chosen_logps": all_logps[:half], "rejected_logps": all_logps[half:]}
    # logits[:half][mask] with every position in the mask: one row of the flattened logits per position.
    every = lambda: tuple(torch.empty((half * logits.shape[1],), dtype=torch.int64, device="cuda") for _ in range(2))
    output["mean_chosen_logits"] = logits[:half][every()].mean()
    output["mean_rejected_logits"] = logits[half:][every()].mean()
    return output


def dpo_classic(model, inputs, items):
    """DPOTrainer.get_batch_loss_metrics of TRL 0.13; the reference is the policy with adapters disabled."""
    policy = concatenated_forward(model, inputs)
    with torch.no_grad(), model.disable_adapter():
        reference = concatenated_forward(model, inputs)
    difference = (policy["chosen_logps"] - policy["rejected_logps"]) - (reference["chosen_logps"] - reference["rejected_logps"])
    metrics = [v.detach() for v in policy.values()]
    return -F.logsigmoid(0.1 * difference).mean()
