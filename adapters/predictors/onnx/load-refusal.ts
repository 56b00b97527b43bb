/** What onnxruntime says where it does not load a model, in words for whoever exported it. */

export interface LoadRefusal {
  readonly what: string;
  /** Where there is more to do than to export it again. */
  readonly remedy?: string;
}

/** `path` is where the model lies on this machine, which means nothing to its owner. */
export function loadRefusal(
  message: string,
  { path, uri }: { readonly path: string; readonly uri: string },
): LoadRefusal {
  const opset = /Opset (\d+) is under development[\s\S]*domain (\S+) is till opset (\d+)/.exec(message);
  if (opset) {
    const [, got, domain, most] = opset;
    return {
      what: `the model uses opset ${got} of ${domain}, at most ${most} is run here`,
      remedy: `Export it with opset ${most} or an older one (\`target_opset\` of skl2onnx, \`opset_version\` of PyTorch).`,
    };
  }
  const version = /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(message);
  if (version) {
    const [, got, most] = version;
    return {
      what: `the file has version ${got} of the format, at most ${most} is read here`,
      remedy: `Set \`model.ir_version = ${most}\` in Python before it is saved, or export it with an older \`onnx\`.`,
    };
  }
  const unknown =
    /No Op registered for (\S+) with domain_version of (\d+)/.exec(message) ??
    /Fatal error: (\S+?)\(-?\d+\) is not a registered function\/op/.exec(message);
  if (unknown) {
    const [, operator, opsetOf] = unknown;
    const within = opsetOf === undefined ? '' : ` of opset ${opsetOf}`;
    return {
      what: `it has the operator ${operator}${within}, which onnxruntime does not know`,
      remedy: 'Export it with operators of ONNX alone, or predict with `kind: python`, which runs the library itself.',
    };
  }
  return { what: `expected an ONNX model, got: ${withoutPlaces(message).replaceAll(path, uri)}` };
}

/** Lines of onnxruntime's own source say nothing to anybody else. */
const withoutPlaces = (message: string): string =>
  message.replaceAll(/\/onnxruntime_src\/\S+:\d+ [^\n]*?\) (?=[A-Z])/g, '').trim();
