"""check_plugins.py FOLDER - prints what TensorBoard's own reader and plugins find in the event files of a folder, as JSON."""
import json
import sys

try:
    from google.protobuf.json_format import MessageToDict
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.custom_scalar import layout_pb2
    from tensorboard.plugins.hparams import plugin_data_pb2
    from tensorboard.plugins.pr_curve import plugin_data_pb2 as pr_plugin
    from tensorboard.plugins.projector import projector_config_pb2
    from tensorboard.util import tensor_util
    from google.protobuf import text_format
except ImportError:
    print("skip: TensorBoard's reader is not installed")
    sys.exit(77)

folder = sys.argv[1]
reader = EventAccumulator(folder, size_guidance={"scalars": 0, "histograms": 0, "tensors": 0})
reader.Reload()
found = {"scalars": {tag: [[e.step, e.value] for e in reader.Scalars(tag)] for tag in reader.Tags()["scalars"]}}
found["tensors"] = {tag: tensor_util.make_ndarray(reader.Tensors(tag)[0].tensor_proto).tolist()
                    for tag in reader.PluginTagToContent("tensor")}
found["curves"] = {tag: {"thresholds": pr_plugin.PrCurvePluginData.FromString(content).num_thresholds,
                         "counts": tensor_util.make_ndarray(reader.Tensors(tag)[0].tensor_proto).tolist()}
                   for tag, content in reader.PluginTagToContent("pr_curves").items()}
found["hparams"] = {tag: MessageToDict(plugin_data_pb2.HParamsPluginData.FromString(content))
                    for tag, content in reader.PluginTagToContent("hparams").items()}
layout = reader.Tensors("custom_scalars__config__")[0].tensor_proto.string_val[0]
found["layout"] = MessageToDict(layout_pb2.Layout.FromString(layout))
found["graph"] = [{"name": n.name, "op": n.op, "inputs": list(n.input), "text": n.attr["attr"].s.decode(),
                   "shape": [d.size for s in n.attr["_output_shapes"].list.shape for d in s.dim]} for n in reader.Graph().node]
config = projector_config_pb2.ProjectorConfig()
text_format.Parse(open(folder + "/projector_config.pbtxt").read(), config)
found["projector"] = MessageToDict(config)
json.dump(found, sys.stdout)
