/** What is used of picomatch, which brings no types. */
declare module 'picomatch' {
  interface Options {
    readonly dot: boolean;
    readonly nocase: boolean;
    readonly nonegate: boolean;
    readonly windows: boolean;
  }
  export default function picomatch(pattern: string, options: Options): (name: string) => boolean;
}
