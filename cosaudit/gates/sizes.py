"""Splits requests by size where a condition judges sizes differently: each row is sure.

Such conditions are `cos:content-length` of a key's policies, and `content-length-range` of a form's policy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cosaudit.gates import asked, bucket, issuer, session, signature

if TYPE_CHECKING:
    from cosaudit.flows import Block
    from cosaudit.model import Inventory, Shape, Transfer


def split(block: Block, inventory: Inventory) -> Block:
    """A block whose requests stand for sizes that the signature, the session, the issuer and the bucket judge alike.

    Neighbouring ranges with the same outcome are one again, so a condition that every size meets splits nothing.
    """
    transfer = block.transfer
    assert transfer is not None
    policies = [block.bucket.policy if block.bucket is not None else None]
    if transfer.session is not None:
        found = inventory.sessions[transfer.session]
        policies += [found.policy, found.issuer.policy if found.issuer is not None else None]
    values = tuple([value for policy in policies if policy is not None for value in asked.size_values(policy)])
    of_form = signature.size_cuts(transfer)
    if not values and not of_form:
        return block
    shapes = [piece for shape in block.shapes for piece in _pieces(shape, values, of_form, block, transfer, inventory)]
    return block.with_shapes(tuple(shapes))


def _pieces(
    shape: Shape,
    values: tuple[str, ...],
    of_form: tuple[int, ...],
    block: Block,
    transfer: Transfer,
    inventory: Inventory,
) -> list[Shape]:
    least, most = asked.sizes(transfer, shape)
    every = sorted({*asked.cuts(values, shape), *(of_form if shape.form else ())})
    cuts = [cut for cut in every if cut >= least and (most is None or cut < most)]
    if not cuts:
        return [shape]
    rows: list[tuple[object, int | None, int | None]] = []  # outcome, over, up to
    over = shape.when.over
    for up_to in (*cuts, shape.when.up_to):
        piece = shape._replace(when=shape.when._replace(over=over, up_to=up_to))
        request = block.request(piece)
        verdicts = [gate.judge(request, inventory) for gate in (signature, session, issuer, bucket)]
        outcome = tuple([(verdict.outcome, verdict.code, verdict.settle) for verdict in verdicts])
        if rows and rows[-1][0] == outcome:
            rows[-1] = (outcome, rows[-1][1], up_to)
        else:
            rows.append((outcome, over, up_to))
        over = up_to
    return [shape._replace(when=shape.when._replace(over=over, up_to=up_to)) for _, over, up_to in rows]
