"""Says which species a flower is by the one whose mean petal is nearest to its own."""
import pyarrow.compute as pc


def load():
    """Runs once in each process: a model would be read here. Mean petals of each species, length and width in cm."""
    return {"setosa": (1.46, 0.25), "versicolor": (4.26, 1.33), "virginica": (5.55, 2.03)}


def predict(batch, petals):
    """Is given a pyarrow.RecordBatch; a generator over all of them may be written in its place."""
    far = {
        species: pc.add(
            pc.power(pc.subtract(batch["petal_length"], length), 2),
            pc.power(pc.subtract(batch["petal_width"], width), 2),
        )
        for species, (length, width) in petals.items()
    }
    least = pc.min_element_wise(*far.values())
    label = None
    for species, distance in far.items():
        label = pc.if_else(pc.equal(distance, least), species, label)
    return {"label": label, "distance": pc.sqrt(least)}
