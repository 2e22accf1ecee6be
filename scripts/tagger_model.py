"""The tagger's network: one encoder, a cue head, and a head that reads every token given one cue."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from stance.quotes import windows

CUE_LABELS = 8  # outside, inside, then (speech, opinion, other) x (no clause, clause)
ROLE_LABELS = 5  # outside, B-source, I-source, B-content, I-content
NEAR = 64


class Tagger(nn.Module):
    """Encoder with surface features, a cue head and a cue-conditioned role head."""

    def __init__(self, base: Path, width: int) -> None:
        super().__init__()
        from transformers import AutoModel

        self.encoder = AutoModel.from_pretrained(base, add_pooling_layer=False, attn_implementation="sdpa")
        hidden = self.encoder.config.hidden_size
        self.encoder.embeddings.word_embeddings.requires_grad_(False)  # half the weights; frozen, they cannot overfit
        self.features = nn.Embedding(windows.FEATURES, hidden)
        nn.init.zeros_(self.features.weight)
        self.cue = nn.Linear(hidden, CUE_LABELS)
        self.flat = nn.Linear(hidden, ROLE_LABELS)
        self.token = nn.Linear(hidden, 2 * width)
        self.given = nn.Linear(hidden, 2 * width)
        self.link = Link(width)
        self.dropout = nn.Dropout(0.1)

    def encode(self, ids: torch.Tensor, features: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
        embedded = self.encoder.embeddings.word_embeddings(ids) + self.features(features)
        states: torch.Tensor = self.encoder(inputs_embeds=embedded, attention_mask=attention).last_hidden_state
        return states

    def forward(self, ids: torch.Tensor, features: torch.Tensor, attention: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """What the exported graph returns: cue logits, token and cue projections, each (batch, length, ...)."""
        states = self.encode(ids, features, attention)
        return self.cue(states), self.token(states), self.given(states)


class Link(nn.Module):
    """Role logits of every token given a cue: an additive and a multiplicative part, and the signed distance."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.distance = nn.Embedding(2 * NEAR + 3, width)
        self.hidden = nn.Linear(2 * width, width)
        self.out = nn.Linear(width, ROLE_LABELS)
        self.dropout = nn.Dropout(0.1)

    def forward(self, token: torch.Tensor, given: torch.Tensor, distance: torch.Tensor) -> torch.Tensor:
        """token (n, length, 2w), given (n, 2w), distance (n, length) in 0..2*NEAR+2 -> (n, length, roles)."""
        half = token.shape[-1] // 2
        given = given.unsqueeze(1)
        summed = functional.gelu(token[..., :half] + given[..., :half] + self.distance(distance))
        product = token[..., half:] * given[..., half:]
        joined = self.dropout(torch.cat([summed, product], dim=-1))
        logits: torch.Tensor = self.out(functional.gelu(self.hidden(joined)))
        return logits


class Exported(nn.Module):
    """The encoder and heads as one graph."""

    def __init__(self, tagger: Tagger) -> None:
        super().__init__()
        self.tagger = tagger

    def forward(self, ids: torch.Tensor, features: torch.Tensor, attention: torch.Tensor) -> tuple[torch.Tensor, ...]:
        result: tuple[torch.Tensor, ...] = self.tagger(ids, features, attention)
        return result
