"""Parts of ONNX files that run as they are."""

from typing import Any

import torch
from torch import Tensor, nn


class OnnxPart(nn.Module):
    """A part of an ONNX file, run by onnxruntime on the CPU; no gradient goes through it."""

    def __init__(self, packed: str) -> None:
        super().__init__()
        import base64
        import zlib

        self.part = zlib.decompressobj().decompress(base64.b64decode(packed), 1 << 28)  # bytes at most
        self.session: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "session": None}  # a copy opens a session of its own

    def forward(self, *values: Tensor) -> Tensor | tuple[Tensor, ...]:
        if torch.compiler.is_compiling() or torch.onnx.is_in_onnx_export():
            raise RuntimeError(
                "A part that onnxruntime runs cannot be traced. Take it out of the network to export it."
            )
        if self.session is None:
            import onnxruntime

            onnxruntime.set_default_logger_severity(4)
            options = onnxruntime.SessionOptions()
            # no part may read files: where it names one, it is looked for in a folder that is none
            options.add_session_config_entry("session.model_external_initializers_file_folder_path", "/dev/null")
            self.session = onnxruntime.InferenceSession(self.part, options, providers=["CPUExecutionProvider"])
        names = [given.name for given in self.session.get_inputs()]
        given = {name: value.detach().cpu().numpy() for name, value in zip(names, values, strict=True)}
        found = [torch.from_numpy(value).to(values[0].device) for value in self.session.run(None, given)]
        return found[0] if len(found) == 1 else tuple(found)
