"""GGUF files read quickly hold what they hold when the library reads them."""

import numpy as np
import pytest

from lcbrb.models.gguf_files import read_quickly

gguf = pytest.importorskip("gguf")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tiny.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(2)
    writer.add_token_list(["a", "b", "ü"])
    writer.add_array("general.tags", [1, 2, 3])
    draw = np.random.default_rng(0)
    writer.add_tensor("output_norm.weight", draw.random(8, dtype=np.float32))
    writer.add_tensor("blk.0.attn_q.weight", draw.random((8, 8)).astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def contents(reader):
    fields = {name: [part.tolist() for part in one.parts] for name, one in reader.fields.items()}
    return fields, {one.name: (one.data.dtype, one.data.tolist()) for one in reader.tensors}


def test_a_file_is_read_once_and_alike(file):
    kept = gguf.GGUFReader, gguf.get_tensor_name_map
    theirs = contents(gguf.GGUFReader(file))
    architecture = gguf.MODEL_ARCH.LLAMA
    names = gguf.get_tensor_name_map(architecture, 2)
    with read_quickly():
        reader = gguf.GGUFReader(file)
        assert contents(reader) == theirs
        assert gguf.GGUFReader(file) is reader
        assert type(reader.data) is np.ndarray
        assert gguf.get_tensor_name_map(architecture, 2).mapping == names.mapping
        assert gguf.get_tensor_name_map(architecture, 2) is gguf.get_tensor_name_map(
            architecture, 2
        )
    assert (gguf.GGUFReader, gguf.get_tensor_name_map) == kept


def test_what_was_put_in_place_goes_when_a_file_is_broken(tmp_path):
    kept = gguf.GGUFReader
    (tmp_path / "broken.gguf").write_bytes(b"no GGUF at all")
    with pytest.raises(ValueError, match="magic"), read_quickly():
        gguf.GGUFReader(tmp_path / "broken.gguf")
    assert gguf.GGUFReader is kept
