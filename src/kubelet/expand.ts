// Kubernetes' `$(NAME)` in env values, command and args.
// Never reads an environment. Called by env.ts and pod.ts. Source: Kubernetes' third_party/forked/golang/expansion.

/** Known names are replaced, unknown ones stay as written, `$$` is a dollar sign. */
export const expand = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$(\$|\(([^)]*)\))/g, (written, mark: string, name: string | undefined) =>
    mark === '$' ? '$' : (Object.getOwnPropertyDescriptor(variables, name ?? '')?.value ?? written),
  );
