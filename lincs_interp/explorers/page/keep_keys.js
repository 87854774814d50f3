// JupyterLab and Notebook 7 take keys from a focused button or link for commands of their own ("d d" deletes a cell)
// unless the element says otherwise; for those of ipywidgets Python cannot set it. A style is loaded once.
const r=this.closest('.lincs-explorer');
if(r){
  const f=()=>r.querySelectorAll('button,a,textarea,summary')
    .forEach(e=>e.dataset.lmSuppressShortcuts='true');
  f();
  new MutationObserver(f).observe(r,{subtree:true,childList:true})
}
